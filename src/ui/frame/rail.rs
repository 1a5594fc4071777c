//! The rail on the left, with one item per page.

use egui::{
    self, Align, Align2, CornerRadius, FontFamily, FontId, Frame, Layout, Panel, Response, Role, Sense,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

use crate::ui::{
    command::{Command, PageFacts, PageId},
    icons,
    named::Named,
    theme::{self, rail, space, text, widget},
    widgets::button,
};

/// Shows the rail.
pub(crate) fn rail_ui(ui: &mut Ui, page: PageId, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    Panel::left("rail")
        .exact_size(space::RAIL)
        .resizable(false)
        .frame(Frame::new().fill(palette.panel))
        .show(ui, |ui| {
            ui.add_space(space::GAP);
            ui.vertical_centered(|ui| {
                for (index, item) in PageId::ALL.into_iter().enumerate() {
                    let hint = format!("{} (Ctrl+{})", item.facts().title, index + 1);
                    if item_ui(ui, item, item == page).on_hover_text(hint).clicked() {
                        commands.push(Command::ShowPage(item));
                    }
                }
            });
            ui.with_layout(Layout::bottom_up(Align::Center), |ui| {
                ui.add_space(space::GAP);
                let named = Named::Shortcuts;
                let hint = format!("{} ({})", named.facts().name, named.facts().keys_name);
                // Found by whoever looks for a way to learn the keys.
                if ui.available_height() >= ui.spacing().interact_size.y
                    && button::bare(ui, icons::KEYBOARD, "Shortcuts").on_hover_text(hint).clicked()
                {
                    commands.push(Command::ShowShortcuts(true));
                }
            });
        });
}

fn item_ui(ui: &mut Ui, item: PageId, current: bool) -> Response {
    let PageFacts { title, icon } = item.facts();
    let (rect, response) = ui.allocate_exact_size(Vec2::from(rail::ITEM), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, current, title));
    let palette = theme::palette(ui);
    let radius = CornerRadius::same(rail::RADIUS);
    if current || response.hovered() {
        let fill = if current { palette.highlight } else { palette.raised };
        ui.painter().rect_filled(rect, radius, fill);
    }
    if response.has_focus() {
        let line = Stroke::new(widget::FOCUS_LINE, palette.accent);
        ui.painter().rect_stroke(rect, radius, line, StrokeKind::Inside);
    }
    let colour = if current { palette.text } else { palette.dim };
    let at = |y: f32| rect.center_top() + vec2(0.0, y);
    let centre = Align2::CENTER_CENTER;
    let icon_font = FontId::new(text::ICON, theme::icon_family());
    let title_font = FontId::new(rail::TITLE, FontFamily::Proportional);
    ui.painter().text(at(rail::ICON_AT), centre, icon, icon_font, colour);
    ui.painter().text(at(rail::TITLE_AT), centre, title, title_font, colour);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
