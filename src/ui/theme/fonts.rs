//! The fonts for words, bytes and icons.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId};

use super::text;

/// Font family of headings: Inter, semibold.
#[must_use]
pub fn strong_family() -> FontFamily {
    FontFamily::Name("strong".into())
}

/// Font family of emphasised bytes: `JetBrains` Mono, semibold.
#[must_use]
pub fn strong_mono_family() -> FontFamily {
    FontFamily::Name("strong-mono".into())
}

/// Font family of icons. Inter has glyphs of its own at many of the same code points, so every icon needs
/// this family.
#[must_use]
pub fn icon_family() -> FontFamily {
    FontFamily::Name("icons".into())
}

/// The font of icons in running text.
#[must_use]
pub fn icon_font() -> FontId {
    FontId::new(text::INLINE_ICON, icon_family())
}

/// The font of small icons.
#[must_use]
pub fn small_icon_font() -> FontId {
    FontId::new(text::SMALL, icon_family())
}

/// An icon in running text.
#[must_use]
pub fn icon(icon: &str) -> egui::RichText {
    egui::RichText::new(icon).font(icon_font())
}

/// The font of running text.
#[must_use]
pub fn body_font() -> FontId {
    FontId::new(text::BODY, FontFamily::Proportional)
}

/// The font of bytes and code.
#[must_use]
pub fn mono_font() -> FontId {
    FontId::new(text::MONO, FontFamily::Monospace)
}

/// The font of emphasised text.
#[must_use]
pub fn strong_font() -> FontId {
    FontId::new(text::BODY, strong_family())
}

/// The font of emphasised bytes.
#[must_use]
pub fn strong_mono_font() -> FontId {
    FontId::new(text::MONO, strong_mono_family())
}

/// The font of bytes beside small text.
#[must_use]
pub fn small_mono_font() -> FontId {
    FontId::new(text::SMALL, FontFamily::Monospace)
}

/// The font of signs for bytes without a letter, such as CR, in their boxes.
#[must_use]
pub fn sign_font() -> FontId {
    FontId::new(text::SIGN, strong_mono_family())
}

/// The font of the selected exchange's method and target.
#[must_use]
pub fn title_mono_font() -> FontId {
    FontId::new(text::TITLE, strong_mono_family())
}

/// The font of captions, such as the titles of cards: small and emphasised.
#[must_use]
pub fn caption_font() -> FontId {
    FontId::new(text::SMALL, strong_family())
}

/// The font of small text.
#[must_use]
pub fn small_font() -> FontId {
    FontId::new(text::SMALL, FontFamily::Proportional)
}

/// The font files and their order in each family.
pub(super) fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let faces: [(&str, &'static [u8]); 5] = [
        ("inter", include_bytes!("../../../assets/fonts/Inter-Regular.otf")),
        ("inter-strong", include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")),
        ("mono", include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf")),
        ("mono-strong", include_bytes!("../../../assets/fonts/JetBrainsMono-SemiBold.ttf")),
        ("icons", include_bytes!("../../../assets/fonts/Phosphor.ttf")),
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

/// A copy of the font without its table of glyph substitutions. `JetBrains` Mono would draw `->` and `//` as
/// one glyph, and Inter would draw the x of `0x0A` as a multiplication sign, but every byte must appear as
/// itself in its own column. egui cannot switch substitutions off, so the table is renamed to `GSUC`, which
/// no one looks for and which keeps the table directory sorted.
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
