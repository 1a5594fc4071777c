//! Carries out the commands of sending again, and takes in what came of them.

use std::time::Duration;

use crate::{
    base::stream::ExchangeId,
    capture::request::NotWhole,
    server::Answer as Reply,
    trace::{AgainSource, ProtocolKind, Severity},
    ui::{
        answer::Answer,
        captures::model::shown,
        command::{AgainCommand, Topic},
        window::Window,
    },
};

use super::model::{Question, SendAgain};

/// Interval between looks at what is under way.
const PROGRESS: Duration = Duration::from_millis(50);

const STOPPED: &str = "The server is stopped. Start it to send a request again.";

impl Window {
    pub(in crate::ui) fn carry_out_again(&mut self, ctx: &egui::Context, command: AgainCommand) {
        match command {
            AgainCommand::Send { id, times } => self.find_request(ctx, id, times),
            AgainCommand::Confirm { with_credentials } => {
                if let SendAgain::Asking(question) = &self.view.again {
                    let question = question.clone();
                    self.view.again = SendAgain::Idle;
                    self.send(&question, with_credentials);
                }
            }
            AgainCommand::Stop => match &self.view.again {
                SendAgain::Sending(under_way) => under_way.sending.task().cancel(),
                _ => self.view.again = SendAgain::Idle,
            },
        }
    }

    /// Looks for a request in the capture that is shown.
    fn find_request(&mut self, ctx: &egui::Context, id: ExchangeId, times: u32) {
        if self.view.again.is_busy() {
            let text = "Another request is being sent again. Wait until it is done, or stop it.";
            self.note(Topic::Again, Severity::Warning, text.to_owned());
            return;
        }
        if self.server.address().is_none() {
            self.note(Topic::Again, Severity::Warning, STOPPED.to_owned());
            return;
        }
        self.requests_asked += 1;
        let number = self.requests_asked;
        let source = match self.captures.opened {
            Some(_) => AgainSource::File,
            None => AgainSource::Capture,
        };
        let gateway = self.view.settings.gateway.clone();
        let answer = self.answer(ctx, move |found| Answer::Request(number, found));
        let capture = shown(&self.captures, &self.capture);
        let found = capture.find_request(id, move |found| {
            answer(found.map(|request| Box::new(Question::new(request, source, times, &gateway))));
        });
        match found {
            Ok(()) => {
                self.view.again = SendAgain::Finding(number);
                self.dismiss(Topic::Again);
            }
            Err(error) => {
                let text = format!("The request cannot be read: no thread could be started: {error}.");
                self.note(Topic::Again, Severity::Error, text);
            }
        }
    }

    /// Takes in a request that was found, or why it was not.
    pub(in crate::ui) fn take_request(&mut self, number: u64, found: Result<Box<Question>, NotWhole>) {
        if !matches!(self.view.again, SendAgain::Finding(asked) if asked == number) {
            return;
        }
        self.view.again = SendAgain::Idle;
        match found {
            Ok(question) if question.is_needed() => self.view.again = SendAgain::Asking(question),
            Ok(question) => self.send(&question, true),
            Err(why) => {
                self.note(
                    Topic::Again,
                    Severity::Warning,
                    format!("The request cannot be sent again: {why}."),
                );
            }
        }
    }

    fn send(&mut self, question: &Question, with_credentials: bool) {
        if self.server.address_of(question.request.protocol).is_none() {
            let text = match question.request.protocol {
                ProtocolKind::Http => STOPPED,
                ProtocolKind::Lines => "The protocol of lines is off. Turn it on to send a message again.",
            };
            self.note(Topic::Again, Severity::Warning, text.to_owned());
            return;
        }
        let sending = self.server.send_again(question.copies(with_credentials));
        self.view.again = SendAgain::Sending(Box::new(question.under_way(sending)));
    }

    pub(in crate::ui) fn refresh_again(&mut self, ctx: &egui::Context) {
        if let SendAgain::Sending(under_way) = &self.view.again {
            let said = match under_way.sending.poll() {
                Reply::Waiting => None,
                Reply::Given(sent) => Some(under_way.report(&sent)),
                Reply::Lost => {
                    Some(Some((Severity::Error, "Sending again ended without a result.".to_owned())))
                }
            };
            if let Some(said) = said {
                self.view.again = SendAgain::Idle;
                if let Some((severity, words)) = said {
                    self.note(Topic::Again, severity, words);
                }
            }
        }
        if self.view.again.is_busy() {
            ctx.request_repaint_after(PROGRESS);
        }
    }
}
