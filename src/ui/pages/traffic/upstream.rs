//! The Upstream tab: each attempt to have the request answered by a backend, and how the request that was sent on
//! differs from the one that arrived.

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use crate::{
    base::stream::Nanos,
    explain::{attempts, facts::LegFacts},
    store::model::{Attempt, LegDetail},
    trace::{Certificate, FieldChange, Handshake},
    ui::{
        theme::{self, space},
        widgets::change::change_ui,
    },
    words,
};

use super::{backends, middleware::body_frame, resolved::ResolvedExchange};

/// Paints the tab.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange) {
    ScrollArea::vertical().id_salt("upstream").auto_shrink(false).show(ui, |ui| {
        body_frame(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::TIGHT;
            ui.spacing_mut().interact_size.y = 0.0;
            let detail = resolved.detail();
            let (attempts, count) = (&detail.exchange.attempts, detail.exchange.attempt_count());
            for attempt in attempts {
                backends::show(ui, attempt);
                if attempt.choosing.backend().is_some() {
                    caption(ui, &format!("ATTEMPT {} OF {count}", attempt.choosing.number));
                    attempt_ui(ui, resolved, attempt);
                }
            }
            // Of an older capture only the legs are known.
            for (index, leg) in detail.upstream.iter().enumerate().filter(|_| attempts.is_empty()) {
                caption(ui, &format!("ATTEMPT {} OF {}", index + 1, detail.upstream.len()));
                leg_ui(ui, resolved, index, leg);
            }
        });
    });
}

/// Paints what was measured of an attempt. Times count from the first byte of the request.
fn attempt_ui(ui: &mut Ui, resolved: &ResolvedExchange, attempt: &Attempt) {
    let detail = resolved.detail();
    if let Some(failure) = attempt.choosing.retry {
        row(ui, "Made since the backend before", failure.words());
    }
    let Some((at, record)) = &attempt.ended else {
        row(ui, "Connection", "under way");
        return;
    };
    let since = |time: Option<Nanos>| {
        time.map_or_else(
            || "never".to_owned(),
            |at| words::duration(at.saturating_sub(detail.exchange.began)),
        )
    };
    row(ui, "Connection", &attempts::connection(record));
    row(ui, "Head sent on", &since(record.head_sent));
    row(ui, "Body sent on", &since(record.body_sent));
    row(ui, "First byte back", &since(record.first_byte));
    let (ended, after) = (attempts::outcome(record), since(Some(*at)));
    row(ui, "Ended", &format!("{ended}, {after}"));
    row(ui, "Client slower than upstream", &attempts::pauses(record.backend_pauses));
    row(ui, "Upstream slower than client", &attempts::pauses(record.client_pauses));
    row(ui, "Most held in memory", &words::size(record.most_held));
    let index = detail.upstream.iter().position(|leg| Some(leg.leg.conn) == record.conn);
    if let Some((facts, leg)) =
        index.and_then(|index| Some((resolved.facts.upstream.get(index)?, &detail.upstream[index])))
    {
        if let Some(handshake) = leg.leg.tls.as_deref() {
            tls_ui(ui, leg, handshake);
        }
        end_ui(ui, leg);
        changes_ui(ui, facts);
    }
    ui.add_space(space::GAP);
}

/// Paints the facts about a leg.
fn leg_ui(ui: &mut Ui, resolved: &ResolvedExchange, index: usize, leg: &LegDetail) {
    let exchange = &resolved.detail().exchange;
    let facts = resolved.facts.upstream.get(index);
    let backend = if leg.leg.backend.is_empty() { "an unknown address" } else { &leg.leg.backend };
    let used = if facts.is_some_and(|facts| facts.used_again) { "used again" } else { "new" };
    row(ui, "Connection", &format!("conn {} to {backend}, {used}", leg.leg.conn));
    row(ui, "Head sent on", &words::duration(leg.leg.began.saturating_sub(exchange.began)));
    let first = facts.and_then(|facts| facts.first_byte).map(words::duration);
    row(ui, "First byte back after", first.as_deref().unwrap_or("none came"));
    if let Some(handshake) = leg.leg.tls.as_deref() {
        tls_ui(ui, leg, handshake);
    }
    end_ui(ui, leg);
    if let Some(facts) = facts {
        changes_ui(ui, facts);
    }
    ui.add_space(space::GAP);
}

/// Paints the encryption inside which the attempt's bytes were: what was agreed on, and who the backend says it is.
fn tls_ui(ui: &mut Ui, leg: &LegDetail, handshake: &Handshake) {
    caption(ui, "INSIDE TLS");
    let name = if handshake.sends_name { "Name asked for (SNI)" } else { "Address asked for" };
    row(ui, name, &handshake.name);
    let took = words::duration(handshake.took());
    if handshake.ended < leg.leg.began && leg.leg.sent.start > 0 {
        row(ui, "Handshake", &format!("for an earlier request, in {took}"));
    } else {
        row(ui, "Handshake", &format!("in {took}"));
    }
    for (name, value) in [
        ("Version", &handshake.version),
        ("Cipher suite", &handshake.cipher),
        ("Protocol chosen (ALPN)", &handshake.protocol),
    ] {
        if !value.is_empty() {
            row(ui, name, value);
        }
    }
    for (index, certificate) in handshake.certificates.iter().enumerate() {
        let name = if index == 0 { "Certificate for" } else { "Certificate of the issuer" };
        row(ui, name, &certificate.names_in_words());
        let [start, end] = certificate.valid.map(Certificate::date);
        row(ui, "Valid", &format!("{start} to {end}"));
        row(ui, "Issued by", &certificate.issuer);
    }
    if let Some([received, sent]) = leg.encrypted_bytes {
        let encrypted = format!("{} received, {} sent", words::size(received), words::size(sent));
        row(ui, "Encrypted bytes, not kept", &encrypted);
    }
    if let Some(problem) = handshake.problem_in_words() {
        let palette = theme::palette(ui);
        let (words, colour) = if handshake.is_open {
            (format!("Not checked: the backend {problem}."), palette.warn)
        } else {
            (format!("The backend {problem}."), palette.error)
        };
        ui.add(Label::new(RichText::new(words).color(colour)).wrap());
    }
}

/// Paints the end of a leg's connection, if it has ended.
fn end_ui(ui: &mut Ui, leg: &LegDetail) {
    if let Some((at, reason)) = leg.closed {
        let after = words::duration(at.saturating_sub(leg.leg.began));
        row(ui, "Connection ended", &format!("{} after {after}", reason.words_for(leg.role)));
    }
}

/// Paints how the request that was sent on differs from the one that arrived.
fn changes_ui(ui: &mut Ui, facts: &LegFacts) {
    if let Some([before, after]) = facts.target.clone() {
        caption(ui, "TARGET CHANGED");
        change_ui(ui, &FieldChange { name: "Target".into(), before: Some(before), after: Some(after) });
    }
    if facts.request.head.is_some() {
        caption(ui, "FIELDS CHANGED");
    }
    for change in &facts.changes {
        change_ui(ui, change);
    }
    if facts.request.head.is_some() && facts.changes.is_empty() {
        ui.label(RichText::new("None.").font(theme::small_font()).color(theme::palette(ui).dim));
    }
}

fn caption(ui: &mut Ui, words: &str) {
    ui.add_space(space::TIGHT);
    ui.label(RichText::new(words).font(theme::caption_font()).color(theme::palette(ui).dim));
}

/// Paints a name, and a value at the right edge.
fn row(ui: &mut Ui, name: &str, value: &str) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(palette.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let value = RichText::new(value).font(theme::small_font()).color(palette.dim);
            ui.add(Label::new(value).truncate());
        });
    });
}
