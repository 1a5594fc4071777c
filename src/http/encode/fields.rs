//! The fields of a response that is to be written.

use crate::base::shared_text::SharedText;

/// Room for the fields of most responses.
const USUAL_LINES: usize = 12;

/// Response fields in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    lines: Vec<(SharedText, SharedText)>,
    /// Number of lines at the last mark. `None`: there is no mark.
    marked: Option<usize>,
    /// The lines at the mark. `None`: they are still the first ones.
    before: Option<Vec<(SharedText, SharedText)>>,
}

/// What became of fields since their mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinceMark<'a> {
    /// These lines were added.
    Added(&'a [(SharedText, SharedText)]),
    /// The lines at the mark, which were these, were changed as well.
    Before(&'a [(SharedText, SharedText)]),
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines
    }
}

impl Eq for Fields {}

impl Fields {
    /// No field.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Vec::new(), marked: None, before: None }
    }

    /// Remembers these lines, for [`Self::since_mark`].
    pub fn mark(&mut self) {
        (self.marked, self.before) = (Some(self.lines.len()), None);
    }

    /// What became of the fields since the last mark. Without one, all of them were added.
    #[must_use]
    pub fn since_mark(&self) -> SinceMark<'_> {
        match &self.before {
            Some(before) => SinceMark::Before(before),
            None => SinceMark::Added(self.lines.get(self.marked.unwrap_or_default()..).unwrap_or_default()),
        }
    }

    /// Called before lines are changed, other than by adding one.
    fn about_to_change(&mut self) {
        if let (Some(marked), None) = (self.marked, &self.before) {
            self.before = Some(self.lines[..marked].to_vec());
        }
    }

    /// Adds a field line at the end, whether or not one of this name exists.
    pub fn append(&mut self, name: impl Into<SharedText>, value: impl Into<SharedText>) {
        self.push(name.into(), clean(value.into()));
    }

    fn push(&mut self, name: SharedText, value: SharedText) {
        if self.lines.capacity() == 0 {
            self.lines.reserve(USUAL_LINES);
        }
        self.lines.push((name, value));
    }

    /// Makes `value` the only value of `name`, at the place of the first line of this name.
    pub fn set(&mut self, name: impl Into<SharedText>, value: impl Into<SharedText>) {
        let (name, value) = (name.into(), clean(value.into()));
        match self.lines.iter().position(|line| line.0.eq_ignore_ascii_case(&name)) {
            Some(first) => {
                self.about_to_change();
                self.lines[first].1 = value;
                let mut index = 0;
                self.lines.retain(|line| {
                    index += 1;
                    index <= first + 1 || !line.0.eq_ignore_ascii_case(&name)
                });
            }
            None => self.push(name, value),
        }
    }

    /// Removes every line of this name.
    pub fn remove(&mut self, name: &str) {
        self.about_to_change();
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
    // To the end in any case, so that the compiler can look at many bytes at a time.
    if value.bytes().fold(true, |all, byte| all & harmless(byte)) {
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
    fn what_happens_after_a_mark_is_known() {
        let mut fields = Fields::new();
        fields.append("A", "1");
        fields.mark();
        assert_eq!(fields.since_mark(), SinceMark::Added(&[]));
        fields.append("B", "2");
        fields.set("C", "3");
        let added = [("B".into(), "2".into()), ("C".into(), "3".into())];
        assert_eq!(fields.since_mark(), SinceMark::Added(&added));
        fields.set("b", "4");
        fields.remove("A");
        assert_eq!(fields.since_mark(), SinceMark::Before(&[("A".into(), "1".into())]));
        fields.mark();
        assert_eq!(fields.since_mark(), SinceMark::Added(&[]));
        assert_eq!(Fields::new(), Fields { marked: Some(0), ..Fields::new() });
    }

    #[test]
    fn a_value_cannot_end_its_line() {
        let mut fields = Fields::new();
        fields.append("Location", "/a\r\nSet-Cookie: x\0\u{e9}\t");
        assert_eq!(fields.value("Location"), Some("/a??Set-Cookie: x??\t"));
    }
}
