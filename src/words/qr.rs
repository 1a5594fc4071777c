//! QR codes (ISO/IEC 18004): an address for the camera of a phone.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code, without which a camera does not find it (ISO/IEC 18004 §9.1).
const QUIET_ZONE: usize = 4;

/// A QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Number of modules of a side, with the quiet zone.
    side: usize,
    /// Whether each module is dark, row by row.
    dark: Vec<bool>,
}

impl Code {
    /// The code of a text. `None`: the text is too long for one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let (inner, modules) = (code.width(), code.to_colors());
        let side = inner + 2 * QUIET_ZONE;
        let mut dark = vec![false; side * side];
        for (row, line) in modules.chunks(inner).enumerate() {
            for (column, module) in line.iter().enumerate() {
                dark[(row + QUIET_ZONE) * side + column + QUIET_ZONE] = *module == Color::Dark;
            }
        }
        Some(Self { side, dark })
    }

    /// Number of modules of a side, with the light ones around the code.
    #[must_use]
    pub const fn side(&self) -> usize {
        self.side
    }

    /// Whether a module is dark. Beyond the code it is light.
    #[must_use]
    pub fn is_dark(&self, row: usize, column: usize) -> bool {
        column < self.side && self.dark.get(row * self.side + column).copied().unwrap_or(false)
    }

    /// The code in lines of characters, each of which is two modules high. Light modules are drawn, so that the code
    /// can be read on a dark terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.side * self.side * 2);
        for row in (0..self.side).step_by(2) {
            for column in 0..self.side {
                text.push(match (self.is_dark(row, column), self.is_dark(row + 1, column)) {
                    (true, true) => ' ',
                    (true, false) => '\u{2584}',
                    (false, true) => '\u{2580}',
                    (false, false) => '\u{2588}',
                });
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_finders_and_a_quiet_zone() {
        let code = Code::new("http://192.168.1.5:8080").expect("short");
        assert_eq!(code.side(), 25 + 2 * QUIET_ZONE);
        let last = code.side() - QUIET_ZONE - 7;
        for (top, left) in [(QUIET_ZONE, QUIET_ZONE), (QUIET_ZONE, last), (last, QUIET_ZONE)] {
            // ISO/IEC 18004 §6.3.3: a dark square of seven modules, in it a light one of five, in it a dark one of three.
            for at in 0..7 {
                assert!(code.is_dark(top, left + at) && code.is_dark(top + at, left + 6));
                assert_eq!(code.is_dark(top + 3, left + at), !matches!(at, 1 | 5));
            }
        }
        assert!(
            (0..code.side()).all(|at| !code.is_dark(QUIET_ZONE - 1, at) && !code.is_dark(at, QUIET_ZONE - 1))
        );
        let text = code.to_text();
        assert_eq!(text.lines().count(), code.side().div_ceil(2));
        assert!(text.lines().all(|line| line.chars().count() == code.side()));
        assert_eq!(Code::new(&"x".repeat(5000)), None);
    }
}
