//! The fields of a response that is to be written.

use crate::base::shared_text::SharedText;

/// Response fields in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    lines: Vec<(SharedText, SharedText)>,
}

impl Fields {
    /// No field.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// Adds a field line at the end, whether or not one of this name exists.
    pub fn append(&mut self, name: impl Into<SharedText>, value: impl Into<SharedText>) {
        self.lines.push((name.into(), clean(value.into())));
    }

    /// Makes `value` the only value of `name`, at the place of the first line of this name.
    pub fn set(&mut self, name: impl Into<SharedText>, value: impl Into<SharedText>) {
        let (name, value) = (name.into(), clean(value.into()));
        match self.lines.iter().position(|line| line.0.eq_ignore_ascii_case(&name)) {
            Some(first) => {
                self.lines[first].1 = value;
                let mut index = 0;
                self.lines.retain(|line| {
                    index += 1;
                    index <= first + 1 || !line.0.eq_ignore_ascii_case(&name)
                });
            }
            None => self.lines.push((name, value)),
        }
    }

    /// Removes every line of this name.
    pub fn remove(&mut self, name: &str) {
        self.lines.retain(|line| !line.0.eq_ignore_ascii_case(name));
    }

    /// The first value of `name`. `None`: there is no such field.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|line| line.0.eq_ignore_ascii_case(name)).map(|line| &*line.1)
    }

    /// All lines, in order: name and value, as shared text.
    #[must_use]
    pub fn lines(&self) -> &[(SharedText, SharedText)] {
        &self.lines
    }

    /// All lines, in order: name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// RFC 9110 §5.5: "Field values containing CR, LF, or NUL characters are invalid and dangerous".
/// A value can come from a path or a setting, so control bytes and what is not ASCII become `?`
/// here, in the one place through which every value passes.
fn clean(value: SharedText) -> SharedText {
    let harmless = |byte: u8| matches!(byte, b'\t' | b' '..=b'~');
    if value.bytes().all(harmless) {
        return value;
    }
    value.chars().map(|c| if c.is_ascii() && harmless(c as u8) { c } else { '?' }).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_keeps_the_place_of_the_first_line_and_drops_the_others() {
        let mut fields = Fields::new();
        fields.append("A", "1");
        fields.append("B", "2");
        fields.append("a", "3");
        fields.append("C", "4");
        fields.set("A", "5");
        fields.set("D", "6");
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("A", "5"), ("B", "2"), ("C", "4"), ("D", "6")]);
        assert_eq!(fields.value("c"), Some("4"));
        fields.remove("b");
        assert_eq!(fields.value("B"), None);
    }

    #[test]
    fn a_value_cannot_end_its_line() {
        let mut fields = Fields::new();
        fields.append("Location", "/a\r\nSet-Cookie: x\0\u{e9}\t");
        assert_eq!(fields.value("Location"), Some("/a??Set-Cookie: x??\t"));
    }
}
