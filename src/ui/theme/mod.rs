//! All colours and sizes of the window. Code outside this folder defines none.

mod fonts;
mod palette;
pub mod replay;
mod sizes;
pub mod stats;

use egui::{CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Visuals};

use super::scripts;

pub use fonts::{
    body_font, caption_font, icon, icon_family, icon_font, mono_font, sign_font, small_font, small_icon_font,
    small_mono_font, strong_family, strong_font, strong_mono_family, strong_mono_font, title_mono_font,
};
pub use palette::{DARK, LIGHT, Palette, palette};
pub use sizes::{
    captures, events, frames, notices, rail, server_page, sheet, shield, space, text, top_bar, traffic,
    widget,
};

/// A margin of `x` left and right and `y` above and below, in points.
#[must_use]
pub fn margin(x: f32, y: f32) -> Margin {
    Margin::from(egui::vec2(x, y))
}

/// Installs the fonts and both themes.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts::fonts());
    scripts::draw_bytes(ctx, DARK.code_light);
    for (theme, palette) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| {
            style.text_styles = [
                (TextStyle::Heading, FontId::new(text::TITLE, strong_family())),
                (TextStyle::Body, body_font()),
                (TextStyle::Button, body_font()),
                (TextStyle::Small, FontId::new(text::SMALL, FontFamily::Proportional)),
                (TextStyle::Monospace, mono_font()),
            ]
            .into();
            style.visuals = visuals(theme, palette);
            style.spacing.item_spacing = egui::vec2(space::GAP, space::GAP * 0.75);
            style.spacing.button_padding = egui::vec2(11.0, 5.0);
            style.spacing.interact_size.y = 28.0;
            style.spacing.menu_margin = Margin::same(6);
            style.interaction.selectable_labels = false;
        });
    }
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let mut visuals = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    visuals.panel_fill = palette.background;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(space::HAIRLINE, palette.line);
    visuals.extreme_bg_color = palette.background;
    visuals.text_edit_bg_color = Some(palette.raised);
    visuals.faint_bg_color = palette.raised;
    visuals.code_bg_color = palette.raised;
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warn;
    visuals.error_fg_color = palette.error;
    visuals.selection.bg_fill = palette.selection;
    visuals.selection.stroke = Stroke::new(space::HAIRLINE, palette.accent);
    visuals.weak_text_color = Some(palette.dim);
    let radius = CornerRadius::same(space::BUTTON_RADIUS);
    let widgets = &mut visuals.widgets;
    for state in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        state.corner_radius = radius;
        state.bg_fill = palette.raised;
        state.weak_bg_fill = palette.raised;
        state.bg_stroke = Stroke::new(space::HAIRLINE, palette.line);
        state.fg_stroke = Stroke::new(space::HAIRLINE, palette.text);
        state.expansion = 0.0;
    }
    widgets.hovered.bg_stroke.color = palette.faint;
    widgets.active.bg_stroke.color = palette.accent;
    visuals
}
