//! Paints one line of the byte view.

use std::{fmt::Write as _, ops::Range, sync::Arc};

use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, text::CharIndex,
};

use crate::{
    ui::{
        theme::{self, Palette, space, traffic},
        widgets::text,
    },
    wire::SpanRole,
};

use super::{
    ByteView, Change, Line, Mode, Separator, Tint, slice,
    writer::{Cell, Writer, character, picture, sign},
};

/// Paints the lines of one view.
pub(super) struct LinePainter<'a> {
    view: &'a ByteView<'a>,
    palette: &'static Palette,
    font: FontId,
    /// Number of hexadecimal digits of an offset.
    digits: usize,
}

/// A line that was painted.
#[derive(Default)]
pub(super) struct Place {
    galley: Option<(Pos2, Arc<Galley>)>,
    /// The cell of each byte, in the order in which the cells are painted.
    cells: Vec<Cell>,
    words: String,
    /// Whether words of a line between bytes are shortened.
    pub(super) elided: bool,
}

/// A line that was written, for painting.
struct Written {
    /// The line as text, with one letter for each byte.
    words: String,
    cells: Vec<Cell>,
    /// The columns of each box with signs.
    signs: Vec<Range<usize>>,
    /// Number of cells in hexadecimal. `None`: the line is text only.
    hex: Option<usize>,
    /// The column of the bar in front of the text. `None`: there is no bar.
    bar: Option<usize>,
}

impl Place {
    /// The line as text.
    pub(super) fn words(&self) -> String {
        self.words.clone()
    }

    /// Index in its line of the byte whose cell is nearest to `x`. `None`: no cell is near `x`.
    pub(super) fn byte_under(&self, x: f32) -> Option<usize> {
        let near = self.cells.iter().map(|cell| {
            let ends = self.ends(cell.columns.clone());
            ((ends.start - x).max(x - ends.end), cell.byte)
        });
        let (distance, byte) = near.min_by(|a, b| a.0.total_cmp(&b.0))?;
        (distance < space::WIDE).then_some(byte)
    }

    fn ends(&self, columns: Range<usize>) -> Range<f32> {
        let Some((at, galley)) = &self.galley else { return 0.0..0.0 };
        let Some(row) = galley.rows.first() else { return 0.0..0.0 };
        at.x + row.x_offset(CharIndex(columns.start))..at.x + row.x_offset(CharIndex(columns.end))
    }
}

impl<'a> LinePainter<'a> {
    pub(super) fn new(ui: &Ui, view: &'a ByteView<'a>) -> Self {
        let digits = format!("{:x}", view.lines.last_offset()).len().max(6);
        Self { view, palette: theme::palette(ui), font: theme::mono_font(), digits }
    }

    pub(super) fn paint(&self, ui: &Ui, rect: Rect, line: &Line<'_>) -> Place {
        match line {
            Line::Separator(separator) => {
                Place { elided: self.separator(ui, rect, separator), ..Place::default() }
            }
            Line::Bytes(range) => self.bytes(ui, rect, range),
        }
    }

    fn bytes(&self, ui: &Ui, rect: Rect, range: &Range<u64>) -> Place {
        let (mut written, mut galley) = self.written(ui, range, true);
        if galley.size().x > rect.width() && !written.signs.is_empty() {
            // The small signs leave room for the rest of the line.
            (written, galley) = self.written(ui, range, false);
        }
        let Written { words, cells, signs, hex, bar } = written;
        let tints = self.tints(range);
        let at = Pos2::new(rect.left(), (rect.center().y - galley.size().y / 2.0).round());
        let place = Place { galley: Some((at, Arc::clone(&galley))), cells, words, elided: false };
        let (hex_cells, text_cells) = place.cells.split_at(hex.unwrap_or(0));
        for tint in tints.iter().filter(|_| hex.is_none()) {
            ui.painter().rect_filled(rect, 0.0, fill(self.palette, tint.change));
            if range.contains(&(tint.range.end - 1)) {
                let from = Pos2::new(at.x + galley.size().x + space::TIGHT, rect.top());
                let room = Rect::from_min_max(from, rect.max);
                let remark =
                    text::elided(ui, tint.remark, theme::small_font(), self.palette.dim, room.width());
                text::paint(ui, room, Align2::LEFT_CENTER, remark);
            }
        }
        for cells in [hex_cells, text_cells] {
            for tint in tints.iter().filter(|_| hex.is_some()) {
                let color = fill(self.palette, tint.change);
                Self::mark(ui, rect, &place, cells, range, &tint.range, (color, Color32::TRANSPARENT));
            }
            for linked in self.linked(range) {
                let colors = (self.palette.link, self.palette.link_line);
                Self::mark(ui, rect, &place, cells, range, linked, colors);
            }
            if let Some(selected) = self.view.selected {
                Self::mark(
                    ui,
                    rect,
                    &place,
                    cells,
                    range,
                    selected,
                    (self.palette.selection, self.palette.accent),
                );
            } else if let Some(mark) = self.view.mark {
                Self::mark(ui, rect, &place, cells, range, mark, (self.palette.mark, self.palette.mark_line));
            }
        }
        if let Some(bar) = bar {
            let x = place.ends(bar..bar).start;
            ui.painter().vline(x.round(), rect.y_range(), (space::HAIRLINE, self.palette.line));
        }
        for sign in &signs {
            self.sign_box(ui, rect, &place, sign);
        }
        ui.painter().galley(at, galley, self.palette.text);
        place
    }

    /// A line as it is laid out. `boxed`: with the signs of line ends in boxes, which take more room.
    fn written(&self, ui: &Ui, range: &Range<u64>, boxed: bool) -> (Written, Arc<Galley>) {
        let bytes = slice(self.view.chunks, range);
        let roles = self.roles(range);
        let mut writer = Writer::new(&self.font);
        if self.view.offsets {
            let at = self.view.lines.in_message(range.start);
            writer.write(&format!("{at:0width$x}  ", width = self.digits), self.palette.dim);
        }
        let (mut bar, mut hex) = (None, None);
        if let Mode::Hex(per_line) = self.view.mode {
            self.hex(&mut writer, bytes, &roles, usize::from(per_line));
            bar = Some(writer.columns.saturating_sub(2));
            hex = Some(writer.cells.len());
        }
        self.text(&mut writer, bytes, &roles, boxed);
        self.plain(&mut writer, range, &roles);
        let Writer { job, words, cells, signs, .. } = writer;
        (Written { words, cells, signs, hex, bar }, ui.painter().layout_job(job))
    }

    /// Outlines a sign, or the signs of CR LF together.
    fn sign_box(&self, ui: &Ui, rect: Rect, place: &Place, columns: &Range<usize>) {
        let Some((at, galley)) = &place.galley else { return };
        let glyphs = galley.rows.first().map_or(&[][..], |row| &row.glyphs);
        let (Some(first), Some(last)) = (glyphs.get(columns.start), glyphs.get(columns.end - 1)) else {
            return;
        };
        let outline = Rect::from_x_y_ranges(
            at.x + first.pos.x - traffic::SIGN_PAD..=at.x + last.max_x() + traffic::SIGN_PAD,
            rect.top() + traffic::SIGN_INSET..=rect.bottom() - traffic::SIGN_INSET,
        );
        let radius = CornerRadius::same(traffic::SMALL_RADIUS);
        let stroke = Stroke::new(space::HAIRLINE, self.palette.line);
        ui.painter().rect_stroke(outline, radius, stroke, StrokeKind::Outside);
    }

    /// The linked ranges with a byte of a line.
    fn linked(&self, line: &Range<u64>) -> &'a [Range<u64>] {
        let linked = self.view.linked;
        let from = linked.partition_point(|range| range.end <= line.start);
        let to = linked.partition_point(|range| range.start < line.end);
        linked.get(from..to).unwrap_or_default()
    }

    /// The tints with a byte of a line.
    pub(super) fn tints(&self, line: &Range<u64>) -> &'a [Tint] {
        let tints = self.view.tints;
        let from = tints.partition_point(|tint| tint.range.end <= line.start);
        let to = tints.partition_point(|tint| tint.range.start < line.end);
        tints.get(from..to).unwrap_or_default()
    }

    /// The span role of each byte of `range`.
    fn roles(&self, range: &Range<u64>) -> Vec<SpanRole> {
        let leaves = self.view.leaves;
        let mut next = leaves.partition_point(|leaf| leaf.span.range.end <= range.start);
        (range.start..range.end)
            .map(|offset| {
                if self.view.read_to.is_some_and(|end| offset >= end) {
                    return SpanRole::Unparsed;
                }
                while leaves.get(next).is_some_and(|leaf| leaf.span.range.end <= offset) {
                    next += 1;
                }
                leaves
                    .get(next)
                    .filter(|leaf| leaf.span.range.contains(&offset))
                    .map_or(SpanRole::Unparsed, |leaf| leaf.span.kind.role())
            })
            .collect()
    }

    fn hex(&self, writer: &mut Writer<'_>, bytes: &[u8], roles: &[SpanRole], per_line: usize) {
        let mut digits = String::with_capacity(4);
        let mut bytes = bytes.iter().zip(roles);
        for nth in 0..per_line {
            digits.clear();
            if nth == 8 {
                writer.write(" ", self.palette.dim);
            }
            match bytes.next() {
                Some((byte, role)) => {
                    let start = writer.columns;
                    // Writing to a String cannot fail.
                    let _ = write!(digits, "{byte:02x}");
                    writer.write(&digits, self.palette.span(*role));
                    writer.cells.push(Cell { columns: start..start + 2, byte: nth });
                    writer.write(" ", self.palette.dim);
                }
                None => writer.write("   ", self.palette.dim),
            }
        }
        writer.write("   ", self.palette.dim);
    }

    /// Writes the bytes as text. A multi-byte character takes one cell in text mode; beside the hexadecimal
    /// digits every byte has its own cell. `boxed`: see [`Self::written`].
    fn text(&self, writer: &mut Writer<'_>, bytes: &[u8], roles: &[SpanRole], boxed: bool) {
        let whole = matches!(self.view.mode, Mode::Text(_));
        let mut nth = 0;
        let mut shown = [0_u8; 4];
        while let Some(byte) = bytes.get(nth) {
            let wide = if whole && !byte.is_ascii() { character(&bytes[nth..]) } else { None };
            let (character, len) = wide.unwrap_or((picture(*byte), 1));
            let start = writer.columns;
            match sign(*byte).filter(|_| boxed) {
                Some(sign) => {
                    let ends_line = *byte == b'\n' && nth > 0 && bytes[nth - 1] == b'\r';
                    writer.sign(sign, character, self.palette.dim, ends_line);
                }
                None => writer.write(character.encode_utf8(&mut shown), self.palette.span(roles[nth])),
            }
            for byte in nth..nth + len {
                writer.cells.push(Cell { columns: start..writer.columns, byte });
            }
            nth += len;
        }
    }

    /// Writes the content of a line in its other form.
    fn plain(&self, writer: &mut Writer<'_>, range: &Range<u64>, roles: &[SpanRole]) {
        let (Some((name, chunks)), Mode::Hex(per_line)) = (self.view.plain, self.view.mode) else { return };
        let bytes = slice(chunks, range);
        let Some(first) = roles.iter().position(|role| *role == SpanRole::Content) else { return };
        let gap = usize::from(per_line).saturating_sub(bytes.len()) + 2;
        writer.write(&" ".repeat(gap), self.palette.dim);
        writer.write(name, self.palette.dim);
        let shown = String::from_utf8_lossy(bytes.get(first..).unwrap_or_default());
        let shown: String = shown
            .chars()
            .map(|letter| if letter.is_control() || letter == '\u{FFFD}' { '·' } else { letter })
            .collect();
        writer.write(&shown, self.palette.span(SpanRole::Content));
    }

    fn mark(
        ui: &Ui,
        rect: Rect,
        place: &Place,
        cells: &[Cell],
        line: &Range<u64>,
        marked: &Range<u64>,
        (fill, outline): (Color32, Color32),
    ) {
        let inside = |cell: &&Cell| marked.contains(&(line.start + cell.byte as u64));
        let (Some(first), Some(last)) = (cells.iter().find(inside), cells.iter().rev().find(inside)) else {
            return;
        };
        let (from, to) = (place.ends(first.columns.clone()).start, place.ends(last.columns.clone()).end);
        let run = Rect::from_x_y_ranges(
            from - traffic::MARK_PAD..=to + traffic::MARK_PAD,
            rect.top() + space::HAIRLINE..=rect.bottom() - space::HAIRLINE,
        );
        let radius = CornerRadius::same(traffic::SMALL_RADIUS);
        ui.painter().rect(run, radius, fill, Stroke::new(space::HAIRLINE, outline), StrokeKind::Inside);
    }

    /// Paints a line between bytes. Returns whether its words are shortened.
    fn separator(&self, ui: &Ui, rect: Rect, separator: &Separator) -> bool {
        let (palette, font) = (self.palette, theme::small_mono_font());
        let left = match separator {
            Separator::Chunk { name, size, since, split } => text::job(&[
                (name, font.clone(), palette.accent),
                ("  ", font.clone(), palette.dim),
                (size, font.clone(), palette.dim),
                (if since.is_some() { "  " } else { "" }, font.clone(), palette.dim),
                (since.as_deref().unwrap_or(""), font.clone(), palette.warn),
                (if split.is_empty() { "" } else { "  " }, font.clone(), palette.dim),
                (split, theme::small_font(), palette.dim),
            ]),
            Separator::Boundary(left, _) => text::job(&[(left, font.clone(), palette.accent)]),
            Separator::Note(words) => text::job(&[(words, theme::small_font(), palette.dim)]),
            Separator::Missing(words) => text::job(&[(words, theme::small_font(), palette.warn)]),
        };
        let mut elided = false;
        let right = match separator {
            Separator::Boundary(ends, right) if !right.is_empty() => {
                // What ends keeps its room; the place of what begins is what is cut first.
                let ends = if ends.is_empty() {
                    0.0
                } else {
                    text::elided_job(ui, left.clone(), f32::INFINITY).size().x + 2.0 * space::GAP
                };
                let room = rect.width() - space::GAP - ends;
                let galley = text::elided(ui, right, font, palette.accent, room.max(0.0));
                elided = galley.elided;
                let place = Rect::from_min_max(rect.min, Pos2::new(rect.right() - space::GAP, rect.bottom()));
                text::paint(ui, place, Align2::RIGHT_CENTER, galley).left() - space::GAP
            }
            _ => rect.right() - space::GAP,
        };
        let galley = text::elided_job(ui, left, right - rect.left());
        elided |= galley.elided;
        let empty = galley.size().x == 0.0;
        let painted = text::paint(ui, rect, Align2::LEFT_CENTER, galley);
        let from = if empty { rect.left() } else { painted.right() + space::GAP };
        if right - from < space::GAP {
            return elided;
        }
        let y = rect.center().y.round();
        if matches!(separator, Separator::Boundary(..)) {
            ui.painter().hline(from..=right, y, (space::HAIRLINE, palette.accent));
        } else {
            let ends = [Pos2::new(from, y), Pos2::new(right, y)];
            let stroke = Stroke::new(space::HAIRLINE, palette.line);
            ui.painter().extend(Shape::dashed_line(&ends, stroke, space::TIGHT, space::TIGHT));
        }
        elided
    }
}

/// The fill of a tint.
const fn fill(palette: &Palette, change: Change) -> Color32 {
    match change {
        Change::Added => palette.added,
        Change::Changed => palette.changed,
        Change::Removed => palette.removed,
    }
}
