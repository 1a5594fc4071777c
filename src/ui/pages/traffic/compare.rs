//! The Compare tab: a copy beside the exchange that it is a copy of, or two that are selected.

use std::time::Duration;

use egui::{Color32, Frame, Grid, Label, RichText, ScrollArea, Ui, vec2};

use crate::{
    base::stream::ExchangeId,
    explain::comparison::{ComparedField, Comparison, Sameness},
    ui::theme::{self, space, traffic},
    words,
};

use super::{middleware::body_frame, model::Model, view::View};

/// Interval between looks at a comparison that is being made.
const WAIT: Duration = Duration::from_millis(50);
/// Characters of a value that are shown at most.
const VALUE_CHARS: usize = 200;

/// Paints the tab.
pub(super) fn show(ui: &mut Ui, model: &Model, view: &mut View) {
    let Some(resolved) = model.resolved() else { return };
    let Some(other) = model.compared_with() else { return };
    ScrollArea::vertical().id_salt("compare").auto_shrink(false).show(ui, |ui| {
        body_frame(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::GAP;
            let id = resolved.detail().exchange.id;
            match (model.original.comparison(), model.original.problem()) {
                (Some(comparison), _) => {
                    let is_reading = model.original.is_reading();
                    if is_reading {
                        ui.ctx().request_repaint_after(WAIT);
                    }
                    let verdict = if is_reading {
                        format!("Comparing with #{other}: the rest is read from disk…")
                    } else {
                        verdict(comparison, other)
                    };
                    ui.add(Label::new(verdict).wrap());
                    if ui.button(format!("Go to #{other}")).clicked() {
                        view.go_to = Some(other);
                    }
                    table_ui(ui, comparison, &[format!("#{other}"), format!("#{id}")]);
                }
                (None, Some(why)) => {
                    let text = format!("There is nothing to compare with exchange #{other}. {why}");
                    ui.add(Label::new(RichText::new(text).color(theme::palette(ui).dim)).wrap());
                }
                (None, None) => {
                    ui.weak("Loading the exchange…");
                }
            }
        });
    });
}

/// The result in a sentence.
fn verdict(comparison: &Comparison, other: ExchangeId) -> String {
    let differs = |what: &'static str, is_same: bool| (!is_same).then_some(what);
    let is_equal = |sameness: &Sameness| matches!(sameness, Sameness::Equal { .. });
    let differing: Vec<&str> = [
        differs("request", is_equal(&comparison.request)),
        differs("status", comparison.status[0] == comparison.status[1]),
        differs(
            "fields",
            comparison.fields.iter().all(|field| field.is_same() || field.differs_as_expected()),
        ),
        differs("body", is_equal(&comparison.body)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let expected = comparison.fields.iter().any(ComparedField::differs_as_expected);
    let expected = if expected { " Date differs, as it does in every response." } else { "" };
    match &differing[..] {
        [] => format!("Request and response are the same as those of #{other}.{expected}"),
        all => format!("Not the same as #{}: {}.{expected}", other, all.join(", ")),
    }
}

fn table_ui(ui: &mut Ui, comparison: &Comparison, names: &[String; 2]) {
    let palette = theme::palette(ui);
    let column =
        ((ui.available_width() - traffic::COMPARE_NAME) / 2.0 - space::GAP).max(traffic::COMPARE_MIN);
    let grid = Grid::new("comparison").num_columns(3).spacing(vec2(space::TIGHT, space::TIGHT));
    grid.show(ui, |ui| {
        ui.label("");
        for name in names {
            ui.label(RichText::new(name).font(theme::strong_font()));
        }
        ui.end_row();
        let mut row = |name: &str, values: [String; 2], is_same: bool| {
            ui.scope(|ui| {
                ui.set_width(traffic::COMPARE_NAME);
                ui.add(Label::new(RichText::new(name).color(palette.dim)).wrap());
            });
            for value in values {
                let fill = if is_same { Color32::TRANSPARENT } else { palette.changed };
                cell_ui(ui, column, fill, &value);
            }
            ui.end_row();
        };
        row(
            "Request",
            sameness_words(&comparison.request),
            matches!(comparison.request, Sameness::Equal { .. }),
        );
        let status =
            comparison.status.map(|status| status.map_or_else(|| "none".to_owned(), |it| it.to_string()));
        let is_same = status[0] == status[1];
        row("Status", status, is_same);
        for field in &comparison.fields {
            let values = field.values.clone().map(|values| match &values[..] {
                [] => "—".to_owned(),
                all => words::shortened(&words::escaped(all.join("\n").as_bytes()), VALUE_CHARS),
            });
            row(&field.name, values, field.is_same() || field.differs_as_expected());
        }
        row("Body", sameness_words(&comparison.body), matches!(comparison.body, Sameness::Equal { .. }));
        // Times differ always, so they are not marked.
        let time = |nanos: Option<u64>| nanos.map_or_else(|| "never".to_owned(), words::duration);
        row("First byte after", comparison.first_byte.map(time), true);
        row("Took", comparison.took.map(|nanos| time(Some(nanos))), true);
    });
}

fn cell_ui(ui: &mut Ui, width: f32, fill: Color32, value: &str) {
    Frame::NONE
        .fill(fill)
        .corner_radius(traffic::SMALL_RADIUS)
        .inner_margin(theme::margin(space::TIGHT, 0.0))
        .show(ui, |ui| {
            ui.set_width(width - 2.0 * space::TIGHT);
            ui.add(Label::new(RichText::new(value).font(theme::small_mono_font())).wrap());
        });
}

/// The bytes of the original, and what the copy's are.
fn sameness_words(sameness: &Sameness) -> [String; 2] {
    match sameness {
        Sameness::Equal { bytes: 0 } => ["none".to_owned(), "none".to_owned()],
        Sameness::Equal { bytes } => [words::plural(*bytes, "byte"), "the same bytes".to_owned()],
        Sameness::Different { at, bytes } => {
            let [one, other] = bytes.map(|bytes| words::plural(bytes, "byte"));
            [one, format!("{other}, the first difference is at {}", words::offset(*at))]
        }
        Sameness::Unknown { at } => {
            let text = format!("the same up to {}; what follows is not in the capture", words::offset(*at));
            ["not all in the capture".to_owned(), text]
        }
    }
}
