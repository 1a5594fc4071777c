//! The list of events.

use egui::{Align2, Color32, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use crate::{
    explain::events::{EventStream, ItemFacts, data_words, type_words},
    trace::Severity,
    ui::{
        pages::traffic::{resolved::ResolvedExchange, timeline::card},
        theme::{self, events, space, traffic},
        widgets::{rows::Rows, text},
    },
    wire::SpanRole,
    words,
};

use super::EventsView;

/// Bytes of an id that are shown.
const ID_BYTES: usize = 40;
/// The columns but for the last one: the width, and whether its cells are aligned to the right.
const COLUMNS: [(f32, bool); 6] = [
    (events::NUMBER, true),
    (events::TIME, true),
    (events::TIME, true),
    (events::KIND, false),
    (events::ID, false),
    (events::SIZE, true),
];

/// Paints the list.
pub(super) fn show(ui: &mut Ui, resolved: &ResolvedExchange, stream: &EventStream, view: &mut EventsView) {
    card(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ui.spacing_mut().item_spacing.y = 0.0;
        if stream.rows() == 0 {
            ui.weak(format!("No {} yet.", stream.format.facts().item));
            return;
        }
        let (head, _) =
            ui.allocate_exact_size(egui::vec2(ui.available_width(), traffic::TREE_ROW), Sense::hover());
        let dim = theme::palette(ui).dim;
        let names = ["", "time", "after", "type", "id", "size", "data"];
        line(ui, head, names, [dim; 7], &theme::small_font());
        let current = view.index(stream);
        let rows = Rows {
            salt: "events",
            row_height: traffic::TREE_ROW,
            total: stream.rows(),
            reveal: None,
            shift: 0.0,
            follow: true,
        };
        rows.show(ui, |ui, index, rect| {
            let Some(facts) = stream.row(index) else { return };
            if row(ui, rect, (resolved, stream), (index, facts), current == Some(index)) {
                view.selected = Some(facts.item.range.start);
                view.part = None;
            }
        });
    });
}

/// Paints a row. Returns whether it was clicked.
fn row(
    ui: &Ui,
    rect: Rect,
    (resolved, stream): (&ResolvedExchange, &EventStream),
    (index, facts): (usize, &ItemFacts),
    is_selected: bool,
) -> bool {
    let palette = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("event", index)), Sense::click());
    if is_selected {
        ui.painter().rect_filled(rect, f32::from(traffic::SMALL_RADIUS), palette.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, f32::from(traffic::SMALL_RADIUS), palette.highlight);
    }
    let item = &facts.item;
    let began = resolved.detail().exchange.began;
    let before = index.checked_sub(1).and_then(|before| stream.row(before));
    let after = before.map_or_else(String::new, |before| words::duration(facts.at.saturating_sub(before.at)));
    let id = item.id.as_ref().map_or_else(String::new, |id| words::escaped(&stream.content(id, ID_BYTES)));
    let is_open = stream.is_open(index);
    let size = if is_open { item.range.end - item.range.start } else { item.data_bytes };
    let cells = [
        words::count(index as u64 + 1),
        words::duration(facts.at.saturating_sub(began)),
        after,
        if is_open { "not complete".to_owned() } else { type_words(stream, item) },
        id,
        words::size(size),
        data_words(stream, facts),
    ];
    let (kind_color, data_color) = match (EventStream::severity(item), item.is_dispatched() && !is_open) {
        (Severity::Info, true) => (palette.span(SpanRole::Method), palette.span(SpanRole::Content)),
        (Severity::Info, false) => (palette.dim, palette.dim),
        _ => (palette.warn, palette.span(SpanRole::Content)),
    };
    let id_color = palette.span(SpanRole::Value);
    let colors = [palette.dim, palette.text, palette.dim, kind_color, id_color, palette.text, data_color];
    line(ui, rect, cells.each_ref().map(|cell| &**cell), colors, &theme::mono_font());
    response.widget_info(|| {
        let [number, _, _, kind, id, size, data] = &cells;
        let id = if id.is_empty() { String::new() } else { format!("id {id}, ") };
        let name = format!("event {number}, {kind}, {id}{size}, {data}");
        WidgetInfo::selected(Role::ListItem, ui.is_enabled(), is_selected, name)
    });
    response.clicked()
}

/// Paints the cells of a line.
fn line(ui: &Ui, rect: Rect, cells: [&str; 7], colors: [Color32; 7], font: &FontId) {
    let mut left = rect.left() + space::TIGHT;
    for (index, (width, is_right)) in COLUMNS.into_iter().enumerate() {
        let align = if is_right { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
        let cell = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
        paint(ui, cell, align, cells[index], colors[index], font.clone());
        left = cell.right() + space::GAP;
    }
    let cell = Rect::from_min_max(pos2(left, rect.top()), pos2(rect.right() - space::TIGHT, rect.bottom()));
    if cell.is_positive() {
        paint(ui, cell, Align2::LEFT_CENTER, cells[6], colors[6], font.clone());
    }
}

fn paint(ui: &Ui, cell: Rect, align: Align2, words: &str, color: Color32, font: FontId) {
    let galley = text::elided(ui, words, font, color, cell.width());
    text::paint(ui, cell, align, galley);
}
