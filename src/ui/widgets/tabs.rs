//! A strip of tabs.

use egui::{Align2, Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::ui::theme::{self, space, traffic};

use super::text;

/// A tab.
#[derive(Clone, Debug)]
pub struct Tab<'a> {
    /// The title, also for screen readers.
    pub name: &'a str,
    /// Number of items in the tab, and the colour of that number. `None`: no number is shown.
    pub count: Option<(String, Color32)>,
}

/// Shows `tabs` with the one at `current` underlined. Returns the index of the one that was clicked.
pub fn tabs(ui: &mut Ui, current: usize, tabs: &[Tab<'_>]) -> Option<usize> {
    let palette = theme::palette(ui);
    let width = ui.available_width();
    let lay_out = |font: &dyn Fn() -> egui::FontId| {
        tabs.iter()
            .enumerate()
            .map(|(index, tab)| {
                let color = if index == current { palette.text } else { palette.dim };
                let (count, count_color) = tab.count.clone().unwrap_or_default();
                let space = if count.is_empty() { "" } else { " " };
                let pieces =
                    [(tab.name, font(), color), (space, font(), color), (&*count, font(), count_color)];
                text::elided_job(ui, text::job(&pieces), f32::INFINITY)
            })
            .collect::<Vec<_>>()
    };
    // In a narrow strip first the gaps shrink, then the letters.
    let total =
        |galleys: &[std::sync::Arc<egui::Galley>]| galleys.iter().map(|galley| galley.size().x).sum::<f32>();
    let count = tabs.len().max(1) as f32;
    let mut galleys = lay_out(&theme::body_font);
    if total(&galleys) + count * space::GAP > width {
        galleys = lay_out(&theme::small_font);
    }
    let pad = ((width - total(&galleys)) / count / 2.0).clamp(space::TIGHT / 2.0, space::WIDE);
    // Tabs that still do not fit go to a second row.
    let rows = if total(&galleys) + count * 2.0 * pad > width + 1.0 { 2.0 } else { 1.0 };
    let height = if rows > 1.0 { traffic::TABS_ROW } else { traffic::TABS };
    let (strip, _) = ui.allocate_exact_size(vec2(width, height * rows), Sense::hover());
    ui.painter().hline(strip.x_range(), strip.bottom(), (space::HAIRLINE, palette.line));
    let mut clicked = None;
    let (mut x, mut y) = (strip.left(), strip.top());
    for (index, (tab, galley)) in tabs.iter().zip(galleys).enumerate() {
        let size = vec2(galley.size().x + 2.0 * pad, height);
        if x + size.x > strip.right() + 1.0 {
            (x, y) = (strip.left(), y + height);
        }
        let rect = Rect::from_min_size(pos2(x, y), size);
        x = rect.right();
        let response = ui.interact(rect, ui.scope_id().with(("tab", tab.name)), Sense::click());
        response.widget_info(|| {
            let mut info = WidgetInfo::selected(Role::Tab, ui.is_enabled(), index == current, tab.name);
            info.current_text_value = tab.count.as_ref().map(|(count, _)| count.clone());
            info
        });
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(
                rect.shrink2(vec2(0.0, space::TIGHT)),
                space::BUTTON_RADIUS,
                palette.raised,
            );
        }
        text::paint(ui, rect, Align2::CENTER_CENTER, galley);
        if index == current {
            let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - traffic::TAB_LINE), rect.max);
            ui.painter().rect_filled(line, 0.0, palette.accent);
        }
        if response.clicked() {
            clicked = Some(index);
        }
    }
    clicked
}
