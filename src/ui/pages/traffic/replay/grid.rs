//! A cell for each of the 256 bytes that may come next, and the same in words.

use egui::{Align2, Color32, Label, Rect, RichText, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::{
    explain::replay::{Effect, name, ranges},
    ui::{
        theme::{self, Palette, replay as size, space},
        widgets::{card, text},
    },
    words,
};

use super::model::Shown;

/// Cells in a row.
const COLUMNS: usize = 16;

/// Paints the grid and its legend.
pub(super) fn show(ui: &mut Ui, shown: &Shown) {
    let palette = theme::palette(ui);
    let width = ui.available_width().min(size::GRID);
    let cell = width / COLUMNS as f32;
    let rows = shown.next.len().div_ceil(COLUMNS);
    let (rect, response) = ui.allocate_exact_size(vec2(width, rows as f32 * size::CELL), Sense::hover());
    let effects: Vec<String> = Effect::ALL
        .into_iter()
        .filter_map(|effect| {
            let count = shown.next.iter().filter(|next| next.effect() == effect).count();
            (count > 0).then(|| format!("{count} {}", effect.facts().title))
        })
        .collect();
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Label, true, format!("Of 256 bytes: {}", effects.join(", ")))
    });
    let place = |byte: usize| {
        let at = pos2(
            rect.left() + (byte % COLUMNS) as f32 * cell,
            rect.top() + (byte / COLUMNS) as f32 * size::CELL,
        );
        Rect::from_min_size(at, vec2(cell, size::CELL)).shrink(size::CELL_GAP / 2.0)
    };
    for (byte, next) in (0..=u8::MAX).zip(&shown.next) {
        let (fill, ink) = colors(palette, next.effect());
        let cell = place(usize::from(byte));
        ui.painter().rect_filled(cell, size::CELL_RADIUS, fill);
        let sign = words::glyph(byte).to_string();
        let sign = text::elided(ui, &sign, theme::small_mono_font(), ink, cell.width());
        text::paint(ui, cell, Align2::CENTER_CENTER, sign);
    }
    if let Some(at) = response.hover_pos() {
        let column = ((at.x - rect.left()) / cell) as usize;
        let byte = ((at.y - rect.top()) / size::CELL) as usize * COLUMNS + column.min(COLUMNS - 1);
        if let (Some(next), Ok(code)) = (shown.next.get(byte), u8::try_from(byte)) {
            response.on_hover_text_at_pointer(format!("{} ({code:#04x}): {}", name(code), next.words()));
        }
    }
    ui.add_space(space::TIGHT);
    for group in &shown.groups {
        ui.horizontal_top(|ui| {
            let (dot, _) = ui.allocate_exact_size(vec2(size::CELL, size::CELL), Sense::hover());
            let (fill, ink) = colors(palette, group.next.effect());
            let stroke = (space::HAIRLINE, ink);
            let dot = dot.shrink(size::CELL_GAP);
            ui.painter().rect(dot, size::CELL_RADIUS, fill, stroke, StrokeKind::Inside);
            ui.vertical(|ui| {
                ui.add(Label::new(RichText::new(group.next.words()).color(palette.text)).wrap());
                let bytes = RichText::new(ranges(&group.bytes)).font(theme::small_mono_font());
                ui.add(Label::new(bytes.color(palette.dim)).wrap().selectable(true));
            });
        });
    }
    card::faint(
        ui,
        "From 0x00 at the top left to 0xff at the bottom right. Each cell is the machine, fed with that byte.",
    );
}

/// The fill of a cell, and the colour of its sign.
const fn colors(palette: &Palette, effect: Effect) -> (Color32, Color32) {
    match effect {
        Effect::GoesOn => (palette.link, palette.accent),
        Effect::Ends => (palette.mark, palette.warn),
        Effect::EndsMessage => (palette.added, palette.ok),
        Effect::Breaks => (palette.removed, palette.error),
        Effect::Unread => (palette.raised, palette.dim),
    }
}
