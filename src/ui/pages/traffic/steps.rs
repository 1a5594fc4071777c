//! The steps of the server on the time axis, in words. Knows no egui.

use crate::{
    explain::{
        Facts,
        facts::{Band, Measured},
        timeline,
    },
    trace::Phase,
    words,
};

use super::{
    bands::{Activity, Clock, TimeSpan, took},
    part::{Part, Stream},
};

impl Clock {
    /// The steps that were measured, by their beginning.
    pub(super) fn stages(&self, facts: &Facts) -> Vec<TimeSpan> {
        if !facts.detail.upstream.is_empty() {
            return self.stages_of_both(facts);
        }
        facts.measured.iter().map(|step| self.step(facts, step)).collect()
    }

    /// A step that was measured.
    pub(super) fn step(&self, facts: &Facts, step: &Measured) -> TimeSpan {
        let exchange = &facts.detail.exchange;
        let stream = if step.band == Band::Response { Stream::RESPONSE } else { Stream::REQUEST };
        let (label, short) = match step.band {
            Band::Turn => ("waiting for its turn".to_owned(), "waiting"),
            Band::Line => ("line".to_owned(), "line"),
            Band::Fields => ("headers".to_owned(), "headers"),
            Band::Body => (format!("body {}", words::size(exchange.request_content)), "body"),
            Band::Guards | Band::Guard(_) => ("guards".to_owned(), "G"),
            Band::Middleware(_) => ("middleware".to_owned(), "MW"),
            Band::Route => ("route".to_owned(), "R"),
            Band::Handler => ("handler".to_owned(), "H"),
            Band::Response => ("response".to_owned(), "response"),
        };
        let time = took(self, step);
        let arrived = |what: &str| match step.time.end - step.time.start {
            0 => format!("{what}: arrived {time}"),
            over => format!("{what}: arrived over {}", words::duration(over)),
        };
        let name = match step.band {
            Band::Turn => format!(
                "Waiting for its turn: {}, while the request before it was answered",
                time.trim_start_matches("took ")
            ),
            Band::Line => arrived("Request line"),
            Band::Fields => arrived("Header fields"),
            Band::Body => arrived(&format!("Body, {}", words::plural(exchange.request_content, "byte"))),
            Band::Guards => format!("Guards, the head read and compared with the limits: {time}"),
            Band::Guard(index) => {
                let acted = exchange.guards.get(index);
                acted.map_or_else(String::new, |(_, kind, limit)| {
                    format!("{}: {time}", timeline::guard(*kind, *limit))
                })
            }
            Band::Middleware(Phase::Request) => format!("Middleware on the request: {time}"),
            Band::Middleware(Phase::Response) => format!("Middleware on the response: {time}"),
            Band::Route => format!("Route chosen: {time}"),
            Band::Handler => format!("Handler, which made the response: {time}"),
            Band::Response => match step.time.end - step.time.start {
                0 => format!("Response written {time}"),
                over => format!("Response written over {}", words::duration(over)),
            },
        };
        let part = step.bytes.clone().map(|range| Part { stream, range });
        TimeSpan {
            activity: Activity::Stage(step.band),
            label,
            short: short.to_owned(),
            name,
            time: step.time.clone(),
            part,
        }
    }
}
