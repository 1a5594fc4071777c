//! The panel under the bytes, which explains the marked part.

use egui::{Align, Align2, CornerRadius, Frame, Label, Layout, RichText, ScrollArea, Sense, Stroke, Ui};

use crate::{
    base::stream::Direction,
    explain::{facts::StreamFacts, kinds::Kind, lineage::Answer},
    http::SpanKind,
    ui::{
        command::Command,
        theme::{self, space, traffic},
        widgets::{byte_view::leaf_at, pill, text},
    },
    wire::SpanRole,
    words,
};

use super::{
    part::{Message, Part, Stream},
    resolved::{NoteRow, ResolvedExchange},
    view::View,
};

/// The contents of the panel.
#[derive(Debug, Default)]
pub(super) struct Explanation {
    /// What is explained, shortened if it is long. Empty: the sentence stands alone.
    pub title: String,
    /// The role that gives the title its colour. `None`: it has that of other text.
    pub role: Option<SpanRole>,
    /// The sentence.
    pub sentence: String,
    /// The clause. Empty: there is none.
    pub section: &'static str,
    /// Where the part is. `None`: it is not said.
    pub place: Option<String>,
}

/// Height of the panel, in points.
pub(super) fn height(ui: &Ui, resolved: Option<&ResolvedExchange>, view: &View) -> f32 {
    let Some(resolved) = resolved else { return traffic::SENTENCE };
    height_of(ui, &explanation(resolved, view))
}

/// Height of the panel with these contents, in points.
pub(super) fn height_of(ui: &Ui, explanation: &Explanation) -> f32 {
    let wide = ui.available_width() >= traffic::WIDE_FROM;
    let width =
        if wide { sentence_width(ui, explanation) } else { ui.available_width() - 2.0 * traffic::INSET };
    let galley =
        ui.painter().layout(explanation.sentence.clone(), theme::body_font(), theme::palette(ui).text, width);
    let above = if wide { 0.0 } else { ui.spacing().interact_size.y + space::GAP };
    let max = (ui.available_height() * traffic::SENTENCE_SHARE).max(traffic::SENTENCE);
    (galley.size().y + above + 2.0 * traffic::INSET + space::TIGHT).clamp(traffic::SENTENCE, max)
}

/// Paints the panel.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, view: &View, commands: &mut Vec<Command>) {
    panel(ui, &explanation(resolved, view), commands);
}

/// Paints a panel with these contents.
pub(super) fn panel(ui: &mut Ui, explanation: &Explanation, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let frame = Frame::NONE
        .fill(palette.raised)
        .stroke(Stroke::new(space::HAIRLINE, palette.line))
        .corner_radius(CornerRadius::same(space::CARD_RADIUS))
        .inner_margin(traffic::INSET);
    let label = label_width(ui, explanation);
    let wide = ui.available_width() >= traffic::WIDE_FROM;
    let title = |ui: &mut Ui, room: f32| {
        // Painted rather than a label, which would give screen readers the title a second time.
        let color = explanation.role.map_or(palette.text, |role| palette.span(role));
        let galley = text::elided(ui, &explanation.title, theme::strong_mono_font(), color, room);
        let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
        let cut = galley.elided;
        text::paint(ui, rect, Align2::LEFT_CENTER, galley);
        if cut {
            response.on_hover_text(&explanation.title);
        }
    };
    let mut pills = |ui: &mut Ui| {
        if !explanation.section.is_empty()
            && pill::pill_button(ui, explanation.section, palette.accent).clicked()
        {
            commands.extend(section_url(explanation.section).map(Command::OpenUrl));
        }
        if let Some(place) = &explanation.place {
            pill::pill(ui, place, palette.dim);
        }
    };
    let sentence = |ui: &mut Ui| {
        ui.add(Label::new(RichText::new(&explanation.sentence).color(palette.text)).wrap().selectable(true));
    };
    frame.show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ui.spacing_mut().item_spacing.y = space::TIGHT;
        if wide {
            ui.horizontal_centered(|ui| {
                if !explanation.title.is_empty() {
                    title(ui, label);
                    ui.add_space(space::TIGHT);
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.with_layout(Layout::top_down(Align::Max), pills);
                    ui.with_layout(Layout::left_to_right(Align::Center), sentence);
                });
            });
        } else {
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    pills(ui);
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        title(ui, ui.available_width());
                    });
                });
            });
            ScrollArea::vertical().auto_shrink(false).min_scrolled_height(0.0).show(ui, sentence);
        }
    });
}

/// Width of the title: as wide as necessary, up to a share of the panel.
fn label_width(ui: &Ui, explanation: &Explanation) -> f32 {
    let galley = text::elided(
        ui,
        &explanation.title,
        theme::strong_mono_font(),
        theme::palette(ui).text,
        f32::INFINITY,
    );
    let max = (ui.available_width() * traffic::TITLE_SHARE).min(traffic::SENTENCE_LABEL);
    galley.size().x.ceil().min(max)
}

/// Width of the sentence between title and pills.
fn sentence_width(ui: &Ui, explanation: &Explanation) -> f32 {
    let pills = if explanation.section.is_empty() && explanation.place.is_none() {
        0.0
    } else {
        traffic::SENTENCE_PILLS
    };
    (ui.available_width() - label_width(ui, explanation) - pills - 4.0 * traffic::INSET)
        .max(traffic::SENTENCE)
}

fn explanation(resolved: &ResolvedExchange, view: &View) -> Explanation {
    let (part, meaning) = match (&view.selected, &view.mark) {
        (Some(part), _) => (part, of_selected_bytes(resolved, part)),
        (None, Some(mark)) => (mark, of_mark(resolved, view, mark)),
        (None, None) => {
            let sentence = "Select a byte or a node of the tree to see what it means.".to_owned();
            return Explanation { sentence, ..Explanation::default() };
        }
    };
    match view.attempt(resolved).and_then(|attempt| who_wrote(resolved, attempt, part)) {
        Some(answer) => answered(meaning, answer),
        None => meaning,
    }
}

/// Who wrote a part that was sent on, or what became of one that arrived. `attempt`: the upstream leg that is shown.
/// `None`: it is not known, or there is more than one answer.
fn who_wrote(resolved: &ResolvedExchange, attempt: usize, part: &Part) -> Option<Answer> {
    let leg = part.stream.leg.unwrap_or(attempt);
    let passage = match part.stream.message {
        Message::Request => resolved.facts.request_passage(leg),
        Message::Response => resolved.facts.response_passage(leg),
    }?;
    match part.stream.direction() {
        Direction::Sent => passage.who_wrote(&part.range),
        Direction::Received => passage.what_became(&part.range),
    }
}

/// The explanation of bytes together with the answer to who wrote them. What was copied means what it meant before.
fn answered(meaning: Explanation, answer: Answer) -> Explanation {
    if answer.other.is_some() {
        return Explanation { sentence: format!("{} {}", meaning.sentence, answer.sentence), ..meaning };
    }
    let title = if answer.subject.is_empty() { meaning.title } else { answer.subject };
    Explanation { title, sentence: answer.sentence, section: answer.section, ..meaning }
}

fn of_mark(resolved: &ResolvedExchange, view: &View, mark: &Part) -> Explanation {
    let (Some(stream), Some(facts)) = (resolved.stream(mark.stream), resolved.facts(mark.stream)) else {
        return Explanation::default();
    };
    let place = Some(place(mark, facts));
    let noted = |note: &&NoteRow| mark.stream == Stream::REQUEST && note.range.as_ref() == Some(&mark.range);
    let fault = resolved.notes.iter().find(noted);
    let malformed = SpanKind::Malformed.facts().name;
    let item =
        view.marked_node(mark.stream, &stream.outline).and_then(|index| stream.outline.items().get(index));
    match (item, fault) {
        (Some(item), _) if item.node.sentence.is_some() || fault.is_none() => {
            let node = &item.node;
            let kind =
                node.kind.or_else(|| leaf_at(&facts.leaves, mark.range.start).map(|leaf| leaf.span.kind));
            let named = matches!(kind, Some(Kind::Http(SpanKind::FieldName | SpanKind::TrailerName)));
            let title = match (named, node.value.is_empty()) {
                _ if kind.map(Kind::role) == Some(SpanRole::Fault) => {
                    fault.and_then(|note| note.fault).unwrap_or(malformed).to_owned()
                }
                (_, true) => node.label.clone(),
                (true, _) => format!("{}: {}", node.label, node.value),
                (false, _) => node.value.clone(),
            };
            let sentence = node.sentence.clone().or_else(|| kind.map(|kind| kind.facts().about.to_owned()));
            let role = kind.map(Kind::role);
            Explanation { title, role, sentence: sentence.unwrap_or_default(), section: node.section, place }
        }
        (_, Some(fault)) => Explanation {
            title: fault.fault.unwrap_or("noted").to_owned(),
            role: fault.fault.map(|_| SpanRole::Fault),
            sentence: fault.sentence.clone(),
            section: fault.section,
            place,
        },
        _ => {
            let leaf = leaf_at(&facts.leaves, mark.range.start);
            let kind = leaf.map_or(Kind::Http(SpanKind::Unparsed), |leaf| leaf.span.kind).facts();
            let (title, sentence) = (kind.name.to_owned(), kind.about.to_owned());
            Explanation { title, role: Some(kind.role), sentence, section: kind.section, place }
        }
    }
}

fn of_selected_bytes(resolved: &ResolvedExchange, part: &Part) -> Explanation {
    let Some(stream) = resolved.facts(part.stream) else { return Explanation::default() };
    let len = part.range.end - part.range.start;
    let kinds = {
        let first = stream.leaves.partition_point(|leaf| leaf.span.range.end <= part.range.start);
        let mut names: Vec<&str> = Vec::new();
        for leaf in
            stream.leaves[first..].iter().take_while(|leaf| leaf.span.range.start < part.range.end).take(256)
        {
            if !names.contains(&leaf.span.kind.name()) {
                names.push(leaf.span.kind.name());
            }
        }
        names.join(", ")
    };
    Explanation {
        title: words::plural(len, "byte"),
        role: None,
        sentence: format!("Selected: {kinds}. Press Ctrl+C to copy as text."),
        section: "",
        place: Some(place(part, stream)),
    }
}

/// The place of a part in its message.
fn place(part: &Part, stream: &StreamFacts) -> String {
    let start = stream.message_start(part.range.start);
    words::offsets(&(part.range.start - start..part.range.end.max(part.range.start) - start))
}

/// Where the HTML standard has its sections on event streams.
const EVENT_STREAMS: &str = "https://html.spec.whatwg.org/multipage/server-sent-events.html";

/// The URL of a section such as `RFC 9112 §6.2` or `HTML §9.2.6`. `None`: `section` does not have this form.
#[must_use]
pub(super) fn section_url(section: &str) -> Option<String> {
    match section {
        "HTML §9.2.5" => return Some(format!("{EVENT_STREAMS}#parsing-an-event-stream")),
        "HTML §9.2.6" => return Some(format!("{EVENT_STREAMS}#event-stream-interpretation")),
        _ => {}
    }
    let rest = section.strip_prefix("RFC ")?;
    let (number, clause) = rest.split_once(" §").unwrap_or((rest, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let dotted = |text: &str| text.split('.').all(digits);
    match (digits(number), clause) {
        (true, "") => Some(format!("https://www.rfc-editor.org/rfc/rfc{number}")),
        (true, clause) if dotted(clause) => {
            Some(format!("https://www.rfc-editor.org/rfc/rfc{number}#section-{clause}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_an_address() {
        let url = "https://www.rfc-editor.org/rfc/rfc9112#section-6.2";
        assert_eq!(section_url("RFC 9112 §6.2").as_deref(), Some(url));
        assert_eq!(section_url("RFC 5789").as_deref(), Some("https://www.rfc-editor.org/rfc/rfc5789"));
        assert_eq!(section_url("the Fetch standard"), None);
        for kind in crate::events::SpanKind::ALL {
            let section = kind.facts().section;
            assert!(section.is_empty() || section_url(section).is_some(), "{kind:?}");
        }
        for kind in SpanKind::ALL {
            let section = kind.facts().section;
            assert!(section.is_empty() || section_url(section).is_some(), "{kind:?}");
        }
    }
}
