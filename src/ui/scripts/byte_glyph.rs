//! A character that no font has, drawn as its bytes: two rows of small hexadecimal digits in a box.

use egui::{
    Color32, ColorImage,
    epaint::text::{GlyphBitmap, GlyphRasterizerRequest, RasterizedGlyph},
    vec2,
};

/// Most bytes of a cluster that are drawn; the rest of a longer one is left out.
const BYTES_MAX: usize = 8;
/// Size of a digit in dots: width, height.
const DIGIT: [usize; 2] = [3, 5];
/// Height of text in pixels for which a dot is one pixel.
const DOT_PER: f32 = 13.0;
/// Dots from the baseline down to the lower edge of the box.
const BELOW: usize = 3;

/// The dots of each digit, a row in three bits.
const DIGITS: [[u8; 5]; 16] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 3, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [2, 5, 7, 5, 5],
    [6, 5, 6, 5, 6],
    [3, 4, 4, 4, 3],
    [6, 5, 5, 5, 6],
    [7, 4, 6, 4, 7],
    [7, 4, 6, 4, 4],
];

/// Draws the bytes of a cluster. `ink`: white, which takes the colour of the text. `None`: it has nothing to draw, as a control character.
pub(super) fn rasterize(request: &GlyphRasterizerRequest<'_>, ink: Color32) -> Option<RasterizedGlyph> {
    if request.cluster.chars().all(char::is_control) {
        return None;
    }
    let dots = Dots::of(request.cluster.as_bytes());
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few pixels")]
    let scale = (request.font_size_px / DOT_PER).round().max(1.0) as usize;
    let size = [dots.width * scale, dots.height * scale];
    let mut image = ColorImage::filled(size, Color32::TRANSPARENT);
    for (index, pixel) in image.pixels.iter_mut().enumerate() {
        let (x, y) = (index % size[0] / scale, index / size[0] / scale);
        if dots.is_set(x, y) {
            *pixel = ink;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a few pixels")]
    let points = |dots: usize| (dots * scale) as f32;
    let offset_px = vec2(points(1), points(BELOW) - points(dots.height));
    let bitmap = GlyphBitmap { image, offset_px, is_color: false };
    Some(RasterizedGlyph { bitmap, advance_px: points(dots.width + 2) })
}

/// A box with two rows of digits.
struct Dots {
    width: usize,
    height: usize,
    digits: Vec<u8>,
    /// Digits in a row.
    columns: usize,
}

impl Dots {
    fn of(bytes: &[u8]) -> Self {
        let digits: Vec<u8> = bytes.iter().take(BYTES_MAX).flat_map(|byte| [byte >> 4, byte & 15]).collect();
        let columns = digits.len().div_ceil(2).max(1);
        // Around the digits a free dot and the line.
        let width = columns * (DIGIT[0] + 1) - 1 + 4;
        let height = 2 * DIGIT[1] + 1 + 4;
        Self { width, height, digits, columns }
    }

    fn is_set(&self, x: usize, y: usize) -> bool {
        let is_line = x == 0 || y == 0 || x + 1 == self.width || y + 1 == self.height;
        if is_line {
            return true;
        }
        let (Some(x), Some(y)) = (x.checked_sub(2), y.checked_sub(2)) else { return false };
        let (column, row) = (x / (DIGIT[0] + 1), y / (DIGIT[1] + 1));
        let (x, y) = (x % (DIGIT[0] + 1), y % (DIGIT[1] + 1));
        if x >= DIGIT[0] || y >= DIGIT[1] || column >= self.columns {
            return false;
        }
        let digit = self.digits.get(row * self.columns + column);
        digit.is_some_and(|digit| DIGITS[usize::from(*digit)][y] >> (DIGIT[0] - 1 - x) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use egui::FontFamily;

    use super::*;

    fn picture(bytes: &[u8]) -> String {
        let dots = Dots::of(bytes);
        let row = |y| (0..dots.width).map(|x| if dots.is_set(x, y) { '#' } else { ' ' }).collect::<String>();
        (0..dots.height).map(row).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_bytes_stand_in_a_box() {
        // The box of one byte: its two digits above each other.
        let shown = picture(&[0xe1]);
        assert_eq!(shown.lines().count(), 15);
        assert_eq!(shown.lines().next().unwrap().len(), 7);
        let three = picture("你".as_bytes());
        assert_eq!(three.lines().nth(2).unwrap(), "# ### # # ##  #", "the upper row is E4 and B");
        assert_eq!(three.lines().nth(8).unwrap(), "# ##   #  ### #", "the lower row is D, A0");
    }

    #[test]
    fn larger_text_has_larger_dots_and_control_characters_have_none() {
        let family = FontFamily::Monospace;
        let ask = |cluster, font_size_px| {
            let (family, subpixel_offset_px) = (&family, 0.0);
            let request = GlyphRasterizerRequest { cluster, family, font_size_px, subpixel_offset_px };
            rasterize(&request, crate::ui::theme::DARK.code_light)
        };
        let (small, large) = (ask("你", 13.0).unwrap(), ask("你", 26.0).unwrap());
        assert_eq!(small.bitmap.image.size.map(|side| side * 2), large.bitmap.image.size);
        assert!(small.advance_px > 15.0 && small.bitmap.image.size[0] == 15);
        assert!(ask("\n", 13.0).is_none());
        assert!(ask(&"你".repeat(20), 13.0).is_some_and(|glyph| glyph.bitmap.image.size[0] < 40));
    }
}
