//! Rules about the text of a file: how long it is, how long its functions are, and how it says what it says.

use super::sources::Source;

/// A function and the number of its lines, with its head and its last brace.
pub(super) fn functions(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut functions = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(at) = words.iter().position(|&word| word == "fn") else { continue };
        let before = ["pub", "const", "async", "extern", "\"\"", "unsafe"];
        let is_head = words[..at].iter().all(|word| before.contains(word) || word.starts_with("pub("));
        let Some(name) = words.get(at + 1).filter(|_| is_head) else { continue };
        let name: String =
            name.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        if let Some(len) = block_lines(&lines[number..]) {
            functions.push((name, len));
        }
    }
    functions
}

/// The lines up to the end of the block that begins here. `None`: there is none, only a semicolon.
fn block_lines(lines: &[&str]) -> Option<usize> {
    let (mut depth, mut brackets) = (0, 0);
    for (number, line) in lines.iter().enumerate() {
        for letter in line.chars() {
            match letter {
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets -= 1,
                '{' => depth += 1,
                '}' => depth -= 1,
                ';' if depth == 0 && brackets == 0 => return None,
                _ => {}
            }
            if letter == '}' && depth == 0 && brackets == 0 {
                return Some(number + 1);
            }
        }
    }
    None
}

/// How a comment may not begin: what it speaks of stands elsewhere.
const RIDDLES: [&str; 9] =
    ["Those ", "That ", "The same", "As above", "It ", "Whoever ", "So ", "Of ", "The one "];

/// Paragraphs of documentation that are riddles: one word, or one of the beginnings above. With the number of
/// the line.
pub(super) fn riddles(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut paragraph: Option<(usize, String)> = None;
    for (number, line) in text.lines().chain([""]).enumerate() {
        let line = line.trim();
        let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).map(str::trim);
        match doc.filter(|doc| !doc.is_empty()) {
            Some(doc) => match &mut paragraph {
                Some((_, text)) => *text = format!("{text} {doc}"),
                None => paragraph = Some((number + 1, doc.to_owned())),
            },
            None => found.extend(paragraph.take().filter(|(_, text)| is_riddle(text))),
        }
    }
    found
}

fn is_riddle(paragraph: &str) -> bool {
    // Headings, code, lists and links are no sentences.
    let is_sentence = paragraph.starts_with(|letter: char| letter.is_alphabetic());
    let one_word = !paragraph.contains(' ') && !paragraph.contains("::");
    is_sentence && (one_word || RIDDLES.iter().any(|riddle| paragraph.starts_with(riddle)))
}

/// Lines of the window that have a colour or a length of their own.
pub(super) fn colours_and_lengths(source: &Source) -> Vec<String> {
    const COLOURS: [&str; 8] = [
        "Color32::from",
        "Color32::WHITE",
        "Color32::BLACK",
        "Color32::RED",
        "Color32::GRAY",
        "Rgba::from",
        "Hsva::",
        "rgb(",
    ];
    // What takes a length in points, when a number is written there.
    const LENGTHS: [&str; 17] = [
        ".size(",
        "add_space(",
        "vec2(",
        "exact_size(",
        "FontId::new(",
        "FontId::proportional(",
        "FontId::monospace(",
        "Margin::same(",
        "set_width(",
        "set_height(",
        "set_min_width(",
        "set_min_height(",
        "desired_width(",
        "inner_margin(",
        "corner_radius(",
        "Stroke::new(",
        "splat(",
    ];
    let has_length = |line: &str| {
        LENGTHS
            .iter()
            .flat_map(|pattern| line.match_indices(pattern).map(move |(at, _)| at + pattern.len()))
            .any(|at| {
                let rest = &line[at..];
                let zero = rest.starts_with("0.0,") || rest.starts_with("0.0)");
                rest.starts_with(|letter: char| letter.is_ascii_digit()) && !zero
            })
    };
    let lines = source.program.lines().enumerate();
    lines
        .filter(|(_, line)| COLOURS.iter().any(|pattern| line.contains(pattern)) || has_length(line))
        .map(|(number, line)| format!("{}:{}: {}", source.path, number + 1, line.trim()))
        .collect()
}
