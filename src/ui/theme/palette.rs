//! The colours of the dark and the light theme.

use egui::Color32;

use crate::{trace::MarkColour, wire::SpanRole};

/// Declares the colours, each with its values in the dark and in the light theme.
macro_rules! palettes {
    ($(#[$meta:meta])* pub struct $Palette:ident { $($(#[$doc:meta])* $visible:vis $name:ident: $dark:expr, $light:expr;)+ }) => {
        $(#[$meta])*
        pub struct $Palette {
            $($(#[$doc])* $visible $name: Color32,)+
        }

        /// The dark theme.
        pub static DARK: $Palette = $Palette { $($name: $dark,)+ };

        /// The light theme: the hues of [`DARK`], dark enough for text on white.
        pub static LIGHT: $Palette = $Palette { $($name: $light,)+ };
    };
}

palettes! {
    /// The colours of a theme. A test verifies that every text colour has a contrast of at least 4.5:1 on
    /// `background`, `panel` and `raised`.
    #[derive(Debug)]
    pub struct Palette {
        /// The fill of the window.
        pub background: rgb(0x0f_1216), rgb(0xf3_f5f8);
        /// The fill of bars, rails and cards.
        pub panel: rgb(0x16_1a20), rgb(0xff_ffff);
        /// The fill of buttons, inputs and hovered rows.
        pub raised: rgb(0x1b_2027), rgb(0xf0_f2f6);
        /// Separators and outlines.
        pub line: rgb(0x26_2d36), rgb(0xd5_dbe3);
        /// Primary text.
        pub text: rgb(0xe6_eaf0), rgb(0x16_1b22);
        /// Secondary text.
        pub dim: rgb(0x97_a3b3), rgb(0x4d_5967);
        /// The least prominent text.
        pub faint: rgb(0x84_90a0), rgb(0x5d_6976);
        /// Interactive and selected elements.
        pub accent: rgb(0x5a_a9ff), rgb(0x0b_5fc0);
        /// The fill of the main button.
        pub primary: rgb(0x1f_4a7f), rgb(0x0b_5fc0);
        /// Text on `primary`.
        pub on_primary: rgb(0xff_ffff), rgb(0xff_ffff);
        /// Marks success.
        pub ok: rgb(0x4c_c38a), rgb(0x12_6e42);
        /// Marks a warning.
        pub warn: rgb(0xf5_b83d), rgb(0x8a_5800);
        /// Marks an error.
        pub error: rgb(0xff_7b7b), rgb(0xb8_2222);
        /// The fill of the selected row.
        pub selection: rgb(0x1d_3350), rgb(0xd6_e6fb);
        /// The fill of elements that stand out slightly: the current page in the rail, the handler, a
        /// sentence.
        pub highlight: rgb(0x1b_2733), rgb(0xe6_eef9);
        /// The outline of elements filled with `highlight`.
        pub highlight_line: rgb(0x2c_4058), rgb(0xb8_cfec);
        /// The unfilled part of a bar.
        pub groove: rgb(0x2b_323c), rgb(0xdd_e3eb);
        /// Dims the window behind a sheet or an overlay.
        pub veil: Color32::from_black_alpha(160), Color32::from_black_alpha(110);
        /// The fill behind the bytes of the selected span.
        pub mark: rgb(0x3a_2f14), rgb(0xff_efc4);
        /// The outline of the selected span.
        pub mark_line: rgb(0x8a_6a1e), rgb(0xc8_9211);
        /// The fill behind the bytes that belong to what is marked on the other leg.
        pub link: rgb(0x15_2638), rgb(0xdc_eafc);
        /// The outline of those bytes.
        pub link_line: rgb(0x2f_5a90), rgb(0x7f_aee8);
        /// The fill behind a part that was put in.
        pub added: rgb(0x12_2c22), rgb(0xdd_f4e6);
        /// The fill behind a part that was changed.
        pub changed: rgb(0x2c_2413), rgb(0xfb_f0d4);
        /// The fill behind a part that was taken out.
        pub removed: rgb(0x30_191d), rgb(0xfd_e4e4);
        /// The light parts of a QR code, which cameras expect in any theme.
        pub code_light: rgb(0xff_ffff), rgb(0xff_ffff);
        /// The dark parts of a QR code.
        pub code_dark: rgb(0x00_0000), rgb(0x00_0000);
        /// The track of a toggle that is on.
        pub toggle_on: rgb(0x2a_7a50), rgb(0x2a_8a58);
        /// The knob of a toggle.
        pub toggle_knob: rgb(0xff_ffff), rgb(0xff_ffff);
        /// A band of the timeline in which nothing is done but waiting.
        pub idle: rgb(0x34_3c47), rgb(0xd3_dae3);
        /// Text on a band of the timeline, whose fill is a span colour.
        pub on_band: rgb(0x0f_1216), rgb(0xff_ffff);
        mark_red: rgb(0xff_7b7b), rgb(0xb8_2222);
        mark_orange: rgb(0xff_9e64), rgb(0x9c_4a00);
        mark_yellow: rgb(0xf0_d04a), rgb(0x75_6000);
        mark_green: rgb(0x5f_c96a), rgb(0x2a_6e1e);
        mark_teal: rgb(0x46_c7b8), rgb(0x0a_6b60);
        mark_blue: rgb(0x5a_a9ff), rgb(0x0b_5fc0);
        mark_purple: rgb(0xc0_8bff), rgb(0x75_37c2);
        mark_pink: rgb(0xff_8fd0), rgb(0xb0_227f);
        mark_grey: rgb(0xa4_aebc), rgb(0x5a_6572);
        method: rgb(0xc0_8bff), rgb(0x75_37c2);
        target: rgb(0x5a_b8ff), rgb(0x0a_5fb5);
        version: rgb(0x46_c7b8), rgb(0x0a_6b60);
        status: rgb(0x4c_c38a), rgb(0x12_6e42);
        field_name: rgb(0xf2_b35b), rgb(0x8a_5200);
        field_value: rgb(0xd6_dde6), rgb(0x2a_333e);
        delimiter: rgb(0x84_90a0), rgb(0x5d_6976);
        body: rgb(0xa8_d468), rgb(0x41_6808);
        chunk: rgb(0xff_8fb1), rgb(0xb0_2258);
    }
}

impl Palette {
    /// The colour of a span: the same in byte view, tree, timeline and legend.
    #[must_use]
    pub const fn span(&self, role: SpanRole) -> Color32 {
        match role {
            SpanRole::Method => self.method,
            SpanRole::Target => self.target,
            SpanRole::Version => self.version,
            SpanRole::Status => self.status,
            SpanRole::Name => self.field_name,
            SpanRole::Value => self.field_value,
            SpanRole::Separator => self.delimiter,
            SpanRole::Content | SpanRole::Message => self.body,
            SpanRole::Framing | SpanRole::Trailer => self.chunk,
            SpanRole::Fault => self.error,
            SpanRole::Unparsed => self.faint,
        }
    }

    /// The colour of a mark.
    #[must_use]
    pub const fn mark(&self, colour: MarkColour) -> Color32 {
        match colour {
            MarkColour::Red => self.mark_red,
            MarkColour::Orange => self.mark_orange,
            MarkColour::Yellow => self.mark_yellow,
            MarkColour::Green => self.mark_green,
            MarkColour::Teal => self.mark_teal,
            MarkColour::Blue => self.mark_blue,
            MarkColour::Purple => self.mark_purple,
            MarkColour::Pink => self.mark_pink,
            MarkColour::Grey => self.mark_grey,
        }
    }

    /// The fill of a cell of the heat map. `share`: from 0, hardly anything, to 1, the most that there is.
    #[must_use]
    pub fn heat(&self, share: f32) -> Color32 {
        const LEAST: f32 = 0.18;
        self.raised.lerp_to_gamma(self.accent, LEAST + (1.0 - LEAST) * share.clamp(0.0, 1.0))
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
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

/// The palette of the current theme.
#[must_use]
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as defined by WCAG 2.
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
            let spans = SpanRole::ALL.map(|role| (format!("{role:?}"), palette.span(role)));
            let words = words.map(|(what, colour)| (what.to_owned(), colour));
            let marks = MarkColour::ALL.map(|colour| (colour.key().to_owned(), palette.mark(colour)));
            for (what, colour) in words.into_iter().chain(spans).chain(marks) {
                for (behind, fill) in
                    [("background", palette.background), ("panel", palette.panel), ("raised", palette.raised)]
                {
                    let found = contrast(colour, fill);
                    assert!(found >= 4.5, "{name}: {what} on {behind} has {found:.2}");
                }
            }
            for role in SpanRole::ALL {
                for fill in [palette.added, palette.changed, palette.removed, palette.link] {
                    let found = contrast(palette.span(role), fill);
                    assert!(found >= 4.5, "{name}: {role:?} on {fill:?} has {found:.2}");
                }
            }
            for (what, colour, fill) in [
                ("text on a selected row", palette.text, palette.selection),
                ("text on a highlight", palette.text, palette.highlight),
                ("dim text on a highlight", palette.dim, palette.highlight),
                ("text on a band of waiting", palette.text, palette.idle),
                ("text on the main button", palette.on_primary, palette.primary),
            ] {
                let found = contrast(colour, fill);
                assert!(found >= 4.5, "{name}: {what} has {found:.2}");
            }
            // WCAG 2.1 §1.4.11, of what is no text.
            for colour in MarkColour::ALL {
                let found = contrast(palette.mark(colour), palette.selection);
                assert!(found >= 3.0, "{name}: {} on a selected row has {found:.2}", colour.key());
            }
            for role in SpanRole::ALL {
                let found = contrast(palette.on_band, palette.span(role));
                assert!(found >= 4.5, "{name}: a band of {role:?} has {found:.2}");
            }
        }
    }

    #[test]
    fn contrast_is_measured_as_it_is_defined() {
        assert!((contrast(Color32::WHITE, Color32::BLACK) - 21.0).abs() < 1e-9);
        assert!((contrast(Color32::WHITE, Color32::WHITE) - 1.0).abs() < 1e-9);
    }
}
