//! Carries out the user's commands. Questions to the desktop, the disk and the server are only sent here;
//! their answers are handled before a later frame.

use std::net::SocketAddr;

use crate::{
    gateway::GatewaySettings,
    server::{BindAddresses, Guards, LinesSettings, OpenedSite, Setting, SiteChoice, StartError},
    trace::{ProtocolKind, Severity},
};

use super::{
    answer::Answer,
    captures::model::shown,
    command::{CaptureCommand, Command, PageId, Topic},
    dialogs::{Chosen, Desktop, Done},
    pages::News,
    window::{Window, preference},
};
use crate::words;

const NO_DIALOG: &str = "No dialog could be opened. Install zenity or an xdg-desktop-portal, or drop a folder or a capture onto this window.";

/// Characters of a copied text that its notice shows.
const COPIED_CHARS: usize = 48;

impl Window {
    pub(super) fn carry_out(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::CopyText(text) => self.copy(ctx, text),
            Command::CannotCopy(error) => {
                self.note(Topic::Capture, Severity::Warning, words::sentence(&error.to_string()));
            }
            Command::OpenUrl(url) => self.desktop.open_url(url, self.answer(ctx, Answer::Browser)),
            Command::ChooseFolder => self.choose_folder(ctx),
            Command::ServeFolder(folder) => self.serve(ctx, SiteChoice::Folder(folder)),
            Command::ServeWelcome => self.serve(ctx, SiteChoice::Welcome),
            Command::LookForRecent => self.look_for_recent(ctx),
            Command::ForgetRecent(folder) => self.forget_recent(&folder),
            Command::SetMiddleware(middleware) => {
                self.server.set(Setting::Middleware(middleware.clone()));
                self.settings.update(|settings| settings.middleware.remember(middleware));
            }
            Command::SetFolder(folder) => {
                self.server.set(Setting::Folder(folder));
                self.settings.update(|settings| settings.folder = folder);
                self.pages.broadcast(&News::SiteChanged);
            }
            Command::SetStrict(is_strict) => self.set_strict(is_strict),
            Command::SetGuards(guards) => self.set_guards(guards),
            Command::SetLines(lines) => self.set_lines(lines),
            Command::SetGateway(gateway) => self.set_gateway(gateway),
            Command::ShowUpstreams => {
                self.view.page = PageId::Server;
                self.pages.broadcast(&News::ShowUpstreams);
            }
            Command::Listen { bind, port } => self.listen(bind, port, true),
            Command::StartServer => {
                let settings = self.server.settings();
                let port = self.last_port.unwrap_or(settings.port);
                self.listen(settings.bind.clone(), port, false);
            }
            Command::StopServer => self.view.under_way.stop(self.server.stop()),
            // An opened file cannot be cleared, and the live capture is hidden meanwhile. Its connections are not those
            // of the server.
            Command::Clear | Command::UndoClear | Command::SendFrame { .. }
                if self.captures.opened.is_some() => {}
            Command::Clear => self.clear(),
            Command::UndoClear => self.undo_clear(),
            Command::SetHosts(hosts) => self.set_hosts(hosts),
            Command::Exchanges(ids, command) => self.carry_out_exchanges(ids, command),
            Command::ApplyRules => self.apply_rules(),
            Command::Capture(command) => self.carry_out_capture(ctx, command),
            Command::SetPaused(paused) => self.view.paused = paused,
            Command::TryTarget { method, target } => self.try_target(&format!("{method} {target}")),
            Command::Preview(trial) => self.view.under_way.preview(self.server.preview(trial)),
            Command::SendFrame { conn, exchange, bytes } => self.server.send_frame(conn, exchange, bytes),
            Command::Again(command) => self.carry_out_again(ctx, command),
            Command::ShowPage(page) => self.show_page(page),
            Command::ShowFiltered(filter) => self.show_traffic(&News::Filter(filter)),
            Command::ShowExchange(id) => self.show_traffic(&News::Select(id)),
            Command::SetTheme(choice) => {
                ctx.set_theme(preference(choice));
                self.view.theme = choice;
                self.settings.update(|settings| settings.theme = choice);
            }
            Command::SetPane { name, width } => {
                self.settings.update(|settings| {
                    settings.panes.insert(name.to_owned(), width);
                });
            }
            Command::SetList(list) => self.settings.update(|settings| settings.list = list),
            Command::Dismiss(topic) => self.dismiss(topic),
            Command::ShowShortcuts(show) => self.view.sheet_open = show,
        }
    }

    /// Shows a page. Pages with a filter have the same one.
    fn show_page(&mut self, page: PageId) {
        let filter = self.pages.get(self.view.page).filter().map(|text| News::Filter(text.to_owned()));
        if let Some(news) = filter {
            self.pages.broadcast(&news);
        }
        self.view.page = page;
    }

    /// Shows the Traffic page, and there what another page leads to.
    fn show_traffic(&mut self, news: &News) {
        self.show_page(PageId::Traffic);
        self.pages.broadcast(news);
    }

    /// Clears the capture, and offers to take that back.
    fn clear(&mut self) {
        let count = self.capture.read(|store| store.counts().exchanges);
        // A second press would forget what the notice of the first one offers to bring back.
        if count == 0 && self.view.notices.get(Topic::Cleared).is_some() {
            return;
        }
        self.capture.clear();
        self.view.notices.remove(Topic::Deleted);
        if count > 0 {
            let words = format!(
                "Cleared {}. The numbers of exchanges go on, and so do the counts of the Server page.",
                words::plural(count, "exchange")
            );
            self.view.notices.offer(Topic::Cleared, words, ("Undo", Command::UndoClear));
        }
    }

    fn undo_clear(&mut self) {
        // Nothing is left to put back once the notice has gone.
        let _ = self.capture.put_back();
        self.view.notices.remove(Topic::Cleared);
    }

    fn set_hosts(&mut self, hosts: Vec<String>) {
        self.server.set(Setting::Hosts(hosts.clone()));
        self.settings.update(|settings| settings.hosts = hosts);
    }

    fn set_guards(&mut self, guards: Guards) {
        self.server.set(Setting::Guards(guards));
        self.settings.update(|settings| settings.guards = guards);
    }

    fn set_lines(&mut self, lines: LinesSettings) {
        self.server.set(Setting::Lines(lines));
        self.settings.update(|settings| settings.lines = lines);
    }

    /// Copies a text to the clipboard, and shows how it begins.
    fn copy(&mut self, ctx: &egui::Context, text: String) {
        let first = text.lines().next().unwrap_or_default();
        let more = if text.trim_end().lines().count() > 1 { ", and more" } else { "" };
        let words = format!("Copied: {}{more}", words::visible(&words::shortened(first, COPIED_CHARS)));
        self.note(Topic::Copied, Severity::Info, words);
        ctx.copy_text(text);
    }

    fn try_target(&mut self, line: &str) {
        self.view.page = PageId::Server;
        self.pages.broadcast(&News::TryTarget(line.to_owned()));
    }

    fn forget_recent(&mut self, folder: &std::path::Path) {
        self.settings.update(|settings| settings.recent.retain(|known| known != folder));
        self.show_recent();
    }

    fn set_strict(&mut self, is_strict: bool) {
        self.server.set(Setting::Strict(is_strict));
        self.settings.update(|settings| settings.is_strict = is_strict);
    }

    fn set_gateway(&mut self, gateway: GatewaySettings) {
        // Groups given on the command line are for this run, whatever becomes of them.
        if self.settings.settings().gateway == self.server.settings().gateway {
            self.settings.update(|settings| settings.gateway.clone_from(&gateway));
        }
        self.server.set(Setting::Gateway(gateway));
        self.pages.broadcast(&News::SiteChanged);
    }

    pub(super) fn take_answer(&mut self, ctx: &egui::Context, answer: Answer) {
        match answer {
            Answer::Folder(chosen) => {
                self.view.choosing = false;
                match chosen {
                    Chosen::Path(folder) => self.serve(ctx, SiteChoice::Folder(folder)),
                    Chosen::Cancelled => {}
                    Chosen::Unavailable => self.note(Topic::Folder, Severity::Error, NO_DIALOG.to_owned()),
                }
            }
            Answer::Capture(Chosen::Path(path)) => {
                self.commands.push(Command::Capture(CaptureCommand::Open(path)));
            }
            Answer::Saving(Chosen::Path(path), what) => self.save(path, *what),
            Answer::Capture(Chosen::Cancelled) | Answer::Saving(Chosen::Cancelled, _) => {}
            Answer::Capture(Chosen::Unavailable) | Answer::Saving(Chosen::Unavailable, _) => {
                self.note(Topic::Capture, Severity::Error, NO_DIALOG.to_owned());
            }
            Answer::Request(number, found) => self.take_request(number, found),
            Answer::Browser(Ok(())) => self.dismiss(Topic::Browser),
            Answer::Browser(Err(error)) => {
                let words = format!("The browser could not be opened: {error}.");
                self.note(Topic::Browser, Severity::Error, words);
            }
            Answer::Recent(folder, exists) => {
                self.recent.answered(folder, exists);
                self.show_recent();
            }
            Answer::Site(number, opened) => {
                if self.view.under_way.opened(number) {
                    self.serve_opened(ctx, opened);
                }
            }
        }
    }

    /// Asks the desktop for a path.
    pub(super) fn ask(
        &self,
        ctx: &egui::Context,
        question: impl FnOnce(&dyn Desktop, Done<Chosen>),
        answer: impl FnOnce(Chosen) -> Answer + Send + 'static,
    ) {
        question(&*self.desktop, self.answer(ctx, answer));
    }

    /// A callback for an answer, which is handled before the next frame.
    pub(super) fn answer<T: 'static>(
        &self,
        ctx: &egui::Context,
        wrap: impl FnOnce(T) -> Answer + Send + 'static,
    ) -> Done<T> {
        let answers = self.answers.0.clone();
        let ctx = ctx.clone();
        Box::new(move |answer| {
            // A window that is closed handles no answers.
            let _ = answers.send(wrap(answer));
            ctx.request_repaint();
        })
    }

    fn choose_folder(&mut self, ctx: &egui::Context) {
        if self.view.choosing {
            return;
        }
        self.view.choosing = true;
        let start = match &self.server.settings().site {
            SiteChoice::Folder(folder) => Some(folder.clone()),
            SiteChoice::Welcome => self.settings.settings().recent.first().cloned(),
        };
        self.ask(ctx, |desktop, done| desktop.choose_folder(start, done), Answer::Folder);
    }

    /// Opens the site; the server serves it once it is open.
    fn serve(&mut self, ctx: &egui::Context, site: SiteChoice) {
        let number = self.view.under_way.open(site.clone());
        self.desktop.open_site(site, self.answer(ctx, move |opened| Answer::Site(number, opened)));
    }

    fn serve_opened(&mut self, ctx: &egui::Context, opened: Result<OpenedSite, StartError>) {
        match opened {
            Ok(opened) => {
                self.view.notices.remove(Topic::Folder);
                self.settings.update(|settings| match opened.choice() {
                    SiteChoice::Folder(folder) => settings.served(folder),
                    SiteChoice::Welcome => settings.last_folder = None,
                });
                self.server.set(Setting::Site(opened));
                self.pages.broadcast(&News::SiteChanged);
            }
            Err(error) => self.note(Topic::Folder, Severity::Error, words::sentence(&error.to_string())),
        }
        self.look_for_recent(ctx);
    }

    /// Listens at `bind`. `remember`: whether to use the port after a restart as well.
    fn listen(&mut self, bind: BindAddresses, port: u16, remember: bool) {
        let address = SocketAddr::new(bind.first(), port);
        if self.server.addresses_of(ProtocolKind::Http) == bind.at(port) {
            self.view.notices.remove(Topic::Address);
            if remember {
                self.settings.update(|settings| settings.port = Some(address.port()));
                self.pages.broadcast(&News::Listening);
            }
            return;
        }
        let pending = self.server.listen(bind, port);
        self.view.under_way.listen(address, pending, remember);
    }

    /// Asks which of the recent folders exist. A folder on a mount that does not answer is asked about only
    /// once.
    fn look_for_recent(&mut self, ctx: &egui::Context) {
        for folder in self.recent.ask_about(&self.settings.settings().recent) {
            let asked = folder.clone();
            let done = self.answer(ctx, move |exists| Answer::Recent(asked, exists));
            self.desktop.folder_exists(folder, done);
        }
        self.show_recent();
    }

    fn show_recent(&mut self) {
        self.view.recent = self.recent.shown(&self.settings.settings().recent);
    }

    pub(super) fn dismiss(&mut self, topic: Topic) {
        self.view.notices.remove(topic);
        match topic {
            Topic::Server => self.messages.dismiss(),
            Topic::Cleared => self.capture.forget_cleared(),
            Topic::Deleted => shown(&self.captures, &self.capture).forget_deleted(),
            _ => {}
        }
    }
}
