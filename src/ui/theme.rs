//! Every colour and every size of the window. Nothing outside this file names one.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle,
    Theme, Visuals,
};

use crate::http::SpanKind;

/// The colours of one theme. Every text colour has a contrast of at least 4.5:1 on `background`,
/// `panel` and `raised`; a test holds that.
#[derive(Debug)]
pub struct Palette {
    /// Behind everything.
    pub background: Color32,
    /// Bars, rails and cards.
    pub panel: Color32,
    /// Buttons, inputs and hovered rows.
    pub raised: Color32,
    /// Separators and outlines.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that matters less.
    pub dim: Color32,
    /// Text that matters least; raised to be readable.
    pub faint: Color32,
    /// What can be acted on, and what is selected.
    pub accent: Color32,
    /// The fill of the one main button.
    pub primary: Color32,
    /// Text on `primary`.
    pub on_primary: Color32,
    /// Good.
    pub ok: Color32,
    /// Odd.
    pub warn: Color32,
    /// Wrong.
    pub error: Color32,
    /// The fill of the selected row.
    pub selection: Color32,
    /// The fill of what stands out in a quiet way: the page one is on, the handler, a sentence.
    pub highlight: Color32,
    /// The outline of the same.
    pub highlight_line: Color32,
    /// The groove of a bar that fills.
    pub groove: Color32,
    /// Behind a sheet or an overlay that covers the window.
    pub veil: Color32,
    /// The fill behind the bytes of the selected span.
    pub mark: Color32,
    /// The outline of the selected span.
    pub mark_line: Color32,
    /// The track of a toggle that is on.
    pub toggle_on: Color32,
    /// The knob of a toggle.
    pub toggle_knob: Color32,
    /// Text on a band of the timeline, whose fill is a span colour.
    pub on_band: Color32,
    method: Color32,
    target: Color32,
    version: Color32,
    status: Color32,
    field_name: Color32,
    field_value: Color32,
    delimiter: Color32,
    body: Color32,
    chunk: Color32,
}

impl Palette {
    /// The colour of a span kind: the same in byte view, tree, timeline and legend.
    #[must_use]
    pub const fn span(&self, kind: SpanKind) -> Color32 {
        match kind {
            SpanKind::Method => self.method,
            SpanKind::Target => self.target,
            SpanKind::Version => self.version,
            SpanKind::Status | SpanKind::Reason => self.status,
            SpanKind::FieldName => self.field_name,
            SpanKind::FieldValue => self.field_value,
            SpanKind::Delimiter | SpanKind::LineEnd | SpanKind::HeadEnd | SpanKind::EmptyLine => {
                self.delimiter
            }
            SpanKind::Body => self.body,
            SpanKind::ChunkSize
            | SpanKind::ChunkExtension
            | SpanKind::TrailerName
            | SpanKind::TrailerValue => self.chunk,
            SpanKind::Malformed => self.error,
            SpanKind::Unparsed => self.faint,
        }
    }

    /// The colour of a status code, by its class.
    #[must_use]
    pub const fn status_class(&self, class: u16) -> Color32 {
        match class {
            1 | 3 => self.accent,
            2 => self.ok,
            4 => self.warn,
            5 => self.error,
            _ => self.dim,
        }
    }
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark theme.
pub static DARK: Palette = Palette {
    background: rgb(0x0f_1216),
    panel: rgb(0x16_1a20),
    raised: rgb(0x1b_2027),
    line: rgb(0x26_2d36),
    text: rgb(0xe6_eaf0),
    dim: rgb(0x97_a3b3),
    faint: rgb(0x84_90a0),
    accent: rgb(0x5a_a9ff),
    primary: rgb(0x1f_4a7f),
    on_primary: rgb(0xff_ffff),
    ok: rgb(0x4c_c38a),
    warn: rgb(0xf5_b83d),
    error: rgb(0xff_7b7b),
    selection: rgb(0x1d_3350),
    highlight: rgb(0x1b_2733),
    highlight_line: rgb(0x2c_4058),
    groove: rgb(0x2b_323c),
    veil: Color32::from_black_alpha(160),
    mark: rgb(0x3a_2f14),
    mark_line: rgb(0x8a_6a1e),
    toggle_on: rgb(0x2a_7a50),
    toggle_knob: rgb(0xff_ffff),
    on_band: rgb(0x0f_1216),
    method: rgb(0xc0_8bff),
    target: rgb(0x5a_b8ff),
    version: rgb(0x46_c7b8),
    status: rgb(0x4c_c38a),
    field_name: rgb(0xf2_b35b),
    field_value: rgb(0xd6_dde6),
    delimiter: rgb(0x84_90a0),
    body: rgb(0xa8_d468),
    chunk: rgb(0xff_8fb1),
};

/// The light theme: the same hues, dark enough to read on white.
pub static LIGHT: Palette = Palette {
    background: rgb(0xf3_f5f8),
    panel: rgb(0xff_ffff),
    raised: rgb(0xf0_f2f6),
    line: rgb(0xd5_dbe3),
    text: rgb(0x16_1b22),
    dim: rgb(0x4d_5967),
    faint: rgb(0x5d_6976),
    accent: rgb(0x0b_5fc0),
    primary: rgb(0x0b_5fc0),
    on_primary: rgb(0xff_ffff),
    ok: rgb(0x12_6e42),
    warn: rgb(0x8a_5800),
    error: rgb(0xb8_2222),
    selection: rgb(0xd6_e6fb),
    highlight: rgb(0xe6_eef9),
    highlight_line: rgb(0xb8_cfec),
    groove: rgb(0xdd_e3eb),
    veil: Color32::from_black_alpha(110),
    mark: rgb(0xff_efc4),
    mark_line: rgb(0xc8_9211),
    toggle_on: rgb(0x2a_8a58),
    toggle_knob: rgb(0xff_ffff),
    on_band: rgb(0xff_ffff),
    method: rgb(0x75_37c2),
    target: rgb(0x0a_5fb5),
    version: rgb(0x0a_6b60),
    status: rgb(0x12_6e42),
    field_name: rgb(0x8a_5200),
    field_value: rgb(0x2a_333e),
    delimiter: rgb(0x5d_6976),
    body: rgb(0x41_6808),
    chunk: rgb(0xb0_2258),
};

/// The palette in force.
#[must_use]
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// Text sizes, in points.
pub mod text {
    /// Section headings in capitals, table heads.
    pub const SMALL: f32 = 11.5;
    /// Words.
    pub const BODY: f32 = 13.0;
    /// Bytes.
    pub const MONO: f32 = 12.5;
    /// The title of what is selected.
    pub const TITLE: f32 = 15.0;
    /// Icons among words.
    pub const INLINE_ICON: f32 = 14.5;
    /// The icons of the rail.
    pub const ICON: f32 = 20.0;
}

/// Distances, in points.
pub mod space {
    /// Between things that belong together.
    pub const TIGHT: f32 = 4.0;
    /// Between things.
    pub const GAP: f32 = 8.0;
    /// Between groups, and inside cards.
    pub const WIDE: f32 = 14.0;
    /// Height of the top bar.
    pub const TOP_BAR: f32 = 46.0;
    /// Height of the status bar.
    pub const STATUS_BAR: f32 = 26.0;
    /// Width of the rail.
    pub const RAIL: f32 = 56.0;
    /// Height of a row of the exchange list.
    pub const ROW: f32 = 25.0;
    /// Height of a line of the byte view.
    pub const BYTE_LINE: f32 = 20.0;
    /// Corner radius of cards.
    pub const CARD_RADIUS: u8 = 8;
    /// Corner radius of buttons and inputs.
    pub const BUTTON_RADIUS: u8 = 6;
    /// Width of a separator or outline.
    pub const HAIRLINE: f32 = 1.0;
    /// The window when it is opened for the first time.
    pub const WINDOW: [f32; 2] = [1440.0, 900.0];
    /// The smallest window in which everything can be reached.
    pub const WINDOW_MIN: [f32; 2] = [900.0, 560.0];
}

/// Sizes of the Traffic page, in points.
pub mod traffic {
    /// Width of the exchange list when it was never dragged.
    pub const LIST: f32 = 384.0;
    /// Width of the detail pane when it was never dragged.
    pub const DETAIL: f32 = 346.0;
    /// The narrowest exchange list.
    pub const LIST_MIN: f32 = 216.0;
    /// The narrowest detail pane.
    pub const DETAIL_MIN: f32 = 220.0;
    /// The narrowest middle: eight bytes a line still fit.
    pub const MIDDLE_MIN: f32 = 372.0;
    /// Width of the handle between two panes.
    pub const HANDLE: f32 = 7.0;
    /// How far an arrow key moves such a handle.
    pub const HANDLE_STEP: f32 = 16.0;
    /// Height of the filter box.
    pub const INPUT: f32 = 30.0;
    /// Width of the number column.
    pub const COLUMN_NUMBER: f32 = 38.0;
    /// Width of the method column.
    pub const COLUMN_METHOD: f32 = 56.0;
    /// Width of the status column.
    pub const COLUMN_STATUS: f32 = 36.0;
    /// Width of the size column.
    pub const COLUMN_SIZE: f32 = 58.0;
    /// Width of the time column.
    pub const COLUMN_TIME: f32 = 60.0;
    /// Lists narrower than this leave the size column out.
    pub const SIZE_FROM: f32 = 300.0;
    /// Lists narrower than this leave the time column out too.
    pub const TIME_FROM: f32 = 280.0;
    /// A middle narrower than this has more lines and shorter ones.
    pub const WIDE_FROM: f32 = 480.0;
    /// Height of a pill.
    pub const PILL: f32 = 19.0;
    /// Space between a pill's outline and its text, left and right.
    pub const PILL_PAD: f32 = 8.0;
    /// Height of a row of the tree and of the stage list.
    pub const TREE_ROW: f32 = 22.0;
    /// How far each level of the tree is set in.
    pub const INDENT: f32 = 16.0;
    /// Where the values of the tree begin, as a part of its width.
    pub const TREE_VALUE: f32 = 0.47;
    /// Height of the tab strip.
    pub const TABS: f32 = 44.0;
    /// Height of a row of tabs, where they need two.
    pub const TABS_ROW: f32 = 30.0;
    /// Thickness of the line under the current tab.
    pub const TAB_LINE: f32 = 2.0;
    /// Height of a lane of the timeline.
    pub const LANE: f32 = 26.0;
    /// Height of a block in its lane.
    pub const BLOCK: f32 = 17.0;
    /// The narrowest block of the timeline.
    pub const BLOCK_MIN: f32 = 6.0;
    /// Space between a block's edge and its text.
    pub const BLOCK_PAD: f32 = 5.0;
    /// Width of the names of the lanes.
    pub const LANE_NAME: f32 = 54.0;
    /// Height of the time axis.
    pub const AXIS: f32 = 18.0;
    /// Corner radius of blocks and of marked bytes.
    pub const SMALL_RADIUS: u8 = 3;
    /// Room beside the text of a marked run of bytes.
    pub const MARK_PAD: f32 = 2.0;
    /// Least height of the panel under the bytes.
    pub const SENTENCE: f32 = 70.0;
    /// Widest label in the panel under the bytes.
    pub const SENTENCE_LABEL: f32 = 190.0;
    /// Radius of the dots of the stage list.
    pub const DOT: f32 = 4.0;
    /// Width of a bar that says how much something matters.
    pub const BAR: f32 = 3.0;
    /// Widest text of an empty state.
    pub const EMPTY: f32 = 460.0;
}

/// Sizes of small widgets, in points.
pub mod widget {
    /// A toggle: width and height.
    pub const TOGGLE: [f32; 2] = [32.0, 18.0];
    /// From a toggle's edge to its knob.
    pub const TOGGLE_INSET: f32 = 2.5;
    /// Height of a bar that fills.
    pub const BAR: f32 = 6.0;
    /// The round mark of a state.
    pub const DOT: f32 = 7.0;
    /// Inside a pill: left and right, above and below.
    pub const PILL_MARGIN: [f32; 2] = [9.0, 3.0];
    /// The outline of what has the keyboard.
    pub const FOCUS_LINE: f32 = 1.5;
    /// Width of a number that can be edited.
    pub const NUMBER: f32 = 64.0;
    /// Height of a number that can be edited.
    pub const NUMBER_HEIGHT: f32 = 22.0;
}

/// Sizes of the top bar, in points.
pub mod top_bar {
    /// Below this width buttons show their icon only.
    pub const COMPACT_BELOW: f32 = 1220.0;
    /// The least room that the folder gets.
    pub const FOLDER_MIN: f32 = 60.0;
    /// Height of the line between two groups.
    pub const DIVIDER: f32 = 22.0;
    /// Width of the menu of recent folders.
    pub const RECENT_MENU: f32 = 320.0;
}

/// Sizes of the rail, in points.
pub mod rail {
    /// An item: width and height.
    pub const ITEM: [f32; 2] = [48.0, 46.0];
    /// Corner radius of an item.
    pub const RADIUS: u8 = 7;
    /// From an item's top to the centre of its icon.
    pub const ICON_AT: f32 = 16.0;
    /// From an item's top to the centre of its title.
    pub const TITLE_AT: f32 = 35.0;
    /// The title's text size.
    pub const TITLE: f32 = 10.5;
}

/// Sizes of the Server page, in points.
pub mod server_page {
    /// From this width on there are three columns.
    pub const THREE_COLUMNS: f32 = 1080.0;
    /// From this width on there are two columns.
    pub const TWO_COLUMNS: f32 = 620.0;
    /// The share of the width that the third of three columns gets.
    pub const THIRD_SHARE: f32 = 0.285;
    /// The least height of a middleware row.
    pub const LAYER: f32 = 44.0;
    /// Width of a middleware's title.
    pub const LAYER_TITLE: f32 = 118.0;
    /// Height of a route's row.
    pub const ROUTE: f32 = 27.0;
    /// Width of a route's method.
    pub const ROUTE_METHOD: f32 = 44.0;
    /// Width of an input for a short text, such as an address.
    pub const INPUT: f32 = 96.0;
    /// Width of an input for a port.
    pub const PORT_INPUT: f32 = 56.0;
    /// Width of the name of a setting.
    pub const SETTING_NAME: f32 = 104.0;
    /// Height of the log.
    pub const LOG: f32 = 150.0;
    /// Opacity of what is off.
    pub const OFF_OPACITY: f32 = 0.75;
}

/// Sizes of the sheet of shortcuts, in points.
pub mod sheet {
    /// Its width.
    pub const WIDTH: f32 = 440.0;
    /// Height of its title and of the room around it.
    pub const AROUND: f32 = 110.0;
    /// Width of the keys.
    pub const KEYS: f32 = 130.0;
}

/// The family of headings: Inter, semibold.
#[must_use]
pub fn strong_family() -> FontFamily {
    FontFamily::Name("strong".into())
}

/// The family of emphasised bytes: JetBrains Mono, semibold.
#[must_use]
pub fn strong_mono_family() -> FontFamily {
    FontFamily::Name("strong-mono".into())
}

/// The family of icons. Inter has glyphs of its own at many of the same code points, so an icon is
/// always set in this family.
#[must_use]
pub fn icon_family() -> FontFamily {
    FontFamily::Name("icons".into())
}

/// Icons among words.
#[must_use]
pub fn icon_font() -> FontId {
    FontId::new(text::INLINE_ICON, icon_family())
}

/// Small icons.
#[must_use]
pub fn small_icon_font() -> FontId {
    FontId::new(text::SMALL, icon_family())
}

/// An icon among words.
#[must_use]
pub fn icon(icon: &str) -> egui::RichText {
    egui::RichText::new(icon).font(icon_font())
}

/// Words.
#[must_use]
pub fn body_font() -> FontId {
    FontId::new(text::BODY, FontFamily::Proportional)
}

/// Bytes.
#[must_use]
pub fn mono_font() -> FontId {
    FontId::new(text::MONO, FontFamily::Monospace)
}

/// Words that carry weight.
#[must_use]
pub fn strong_font() -> FontId {
    FontId::new(text::BODY, strong_family())
}

/// Bytes that matter more.
#[must_use]
pub fn strong_mono_font() -> FontId {
    FontId::new(text::MONO, strong_mono_family())
}

/// Bytes beside words of the small size.
#[must_use]
pub fn small_mono_font() -> FontId {
    FontId::new(text::SMALL, FontFamily::Monospace)
}

/// The bytes in the title of what is selected.
#[must_use]
pub fn title_mono_font() -> FontId {
    FontId::new(text::TITLE, strong_mono_family())
}

/// Small words that carry weight: the titles of cards.
#[must_use]
pub fn caption_font() -> FontId {
    FontId::new(text::SMALL, strong_family())
}

/// Small words.
#[must_use]
pub fn small_font() -> FontId {
    FontId::new(text::SMALL, FontFamily::Proportional)
}

/// Installs fonts and both themes.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
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

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let faces: [(&str, &'static [u8]); 5] = [
        ("inter", include_bytes!("../../assets/fonts/Inter-Regular.otf")),
        ("inter-strong", include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
        ("mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")),
        ("mono-strong", include_bytes!("../../assets/fonts/JetBrainsMono-SemiBold.ttf")),
        ("icons", include_bytes!("../../assets/fonts/Phosphor.ttf")),
    ];
    for (name, bytes) in faces {
        let data = if name == "icons" {
            FontData::from_static(bytes)
        } else {
            FontData::from_owned(without_ligatures(bytes))
        };
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
    }
    for (family, faces) in [
        (FontFamily::Proportional, ["inter", "icons", "mono"]),
        (FontFamily::Monospace, ["mono", "icons", "inter"]),
        (strong_family(), ["inter-strong", "icons", "mono-strong"]),
        (strong_mono_family(), ["mono-strong", "icons", "inter-strong"]),
        (icon_family(), ["icons", "inter", "mono"]),
    ] {
        fonts.families.insert(family, faces.map(str::to_owned).to_vec());
    }
    fonts
}

/// The font without its table of glyph substitutions. JetBrains Mono draws `->` and `//` as one sign,
/// and Inter the x of `0x0A` as a times sign; whoever looks at bytes wants each of them as it is, in
/// its own column. Nothing above the font can switch that off, so the table gets a name that nothing looks
/// for; the one chosen keeps the directory in order.
fn without_ligatures(font: &[u8]) -> Vec<u8> {
    const HEADER: usize = 12;
    const RECORD: usize = 16;
    let mut font = font.to_vec();
    let tables = font.get(4..6).map_or(0, |count| usize::from(u16::from_be_bytes([count[0], count[1]])));
    let end = (HEADER + tables * RECORD).min(font.len());
    for record in font[HEADER.min(end)..end].chunks_exact_mut(RECORD) {
        if record.starts_with(b"GSUB") {
            record[3] = b'C';
        }
    }
    font
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2 defines them.
    fn luminance(colour: Color32) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_text_can_be_read() {
        for (name, palette) in [("dark", &DARK), ("light", &LIGHT)] {
            let words = [
                ("text", palette.text),
                ("dim", palette.dim),
                ("faint", palette.faint),
                ("accent", palette.accent),
                ("ok", palette.ok),
                ("warn", palette.warn),
                ("error", palette.error),
            ];
            let spans = SpanKind::ALL.map(|kind| (kind.name(), palette.span(kind)));
            for (what, colour) in words.into_iter().chain(spans) {
                for (behind, fill) in
                    [("background", palette.background), ("panel", palette.panel), ("raised", palette.raised)]
                {
                    let found = contrast(colour, fill);
                    assert!(found >= 4.5, "{name}: {what} on {behind} has {found:.2}");
                }
            }
            for (what, colour, fill) in [
                ("text on a selected row", palette.text, palette.selection),
                ("text on a highlight", palette.text, palette.highlight),
                ("dim text on a highlight", palette.dim, palette.highlight),
                ("text on the main button", palette.on_primary, palette.primary),
            ] {
                let found = contrast(colour, fill);
                assert!(found >= 4.5, "{name}: {what} has {found:.2}");
            }
            for kind in SpanKind::ALL {
                let found = contrast(palette.on_band, palette.span(kind));
                assert!(found >= 4.5, "{name}: a band of {} has {found:.2}", kind.name());
            }
        }
    }

    #[test]
    fn contrast_is_measured_as_it_is_defined() {
        assert!((contrast(Color32::WHITE, Color32::BLACK) - 21.0).abs() < 1e-9);
        assert!((contrast(Color32::WHITE, Color32::WHITE) - 1.0).abs() < 1e-9);
    }
}
