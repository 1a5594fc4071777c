//! The parts of the selected frame, in two columns: name, value and meaning.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    explain::{kinds::Kind, websocket::Part},
    ui::{
        theme::{self, frames, space, traffic},
        widgets::text,
    },
    words,
};

/// Height of the parts in a card that is so wide, in points.
pub(super) fn height(count: usize, width: f32) -> f32 {
    count.div_ceil(columns(width)) as f32 * traffic::TREE_ROW
}

/// Paints the parts; the one at `selected` is marked. Returns the index of one that was clicked.
pub(super) fn show(ui: &mut Ui, parts: &[Part], selected: Option<usize>) -> Option<usize> {
    let columns = columns(ui.available_width());
    let width = (ui.available_width() - space::WIDE * (columns - 1) as f32) / columns as f32;
    let per_column = parts.len().div_ceil(columns);
    let mut clicked = None;
    ui.spacing_mut().item_spacing = vec2(space::WIDE, 0.0);
    for row in 0..per_column {
        ui.horizontal(|ui| {
            for column in 0..columns {
                let index = column * per_column + row;
                let Some(part) = parts.get(index) else { continue };
                if part_ui(ui, part, width, selected == Some(index)) {
                    clicked = Some(index);
                }
            }
        });
    }
    clicked
}

const fn columns(width: f32) -> usize {
    if width >= frames::TWO_COLUMNS_FROM { 2 } else { 1 }
}

/// Paints a part. Returns whether it was clicked.
fn part_ui(ui: &mut Ui, part: &Part, width: f32, is_selected: bool) -> bool {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, traffic::TREE_ROW), Sense::click());
    response.widget_info(|| {
        let name = format!("{}: {}, {}", part.name, part.value, part.words);
        WidgetInfo::selected(Role::ListItem, ui.is_enabled(), is_selected, name)
    });
    if is_selected {
        ui.painter().rect_filled(rect, f32::from(traffic::SMALL_RADIUS), palette.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, f32::from(traffic::SMALL_RADIUS), palette.highlight);
    }
    let value = words::shortened(&part.value, frames::VALUE_CHARS);
    let mut left = rect.left();
    for (words, font, color, least) in [
        (part.name, theme::body_font(), palette.span(Kind::WebSocket(part.kind).role()), frames::PART_NAME),
        (&*value, theme::mono_font(), palette.text, 0.0),
        (&*part.words, theme::body_font(), palette.dim, 0.0),
    ] {
        let galley = text::elided(ui, words, font, color, rect.right() - left);
        let cell = Rect::from_min_max(pos2(left, rect.top()), rect.max);
        let painted = text::paint(ui, cell, Align2::LEFT_CENTER, galley);
        left = (painted.right() + space::GAP).max(left + least);
    }
    response.clicked()
}
