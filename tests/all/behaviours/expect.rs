//! What has to come back.
//!
//! Alternatives are separated by ` || `. Each begins with what the first final response has to be: statuses
//! separated by `|` (`2xx` for a class), among them `close` for an end without an answer and `wait` for
//! nothing yet; or `seq:a,b,c`, those of all responses in order. Then, after semicolons:
//!
//! - `close`, `keep`: the server ends the connection, or answers the next request on it;
//! - `n=K`, `n<=K`: number of final responses;
//! - `cut`, `rest=N`: a response is cut off on purpose, with so many bytes of it;
//! - `nobody`, `body=TEXT`, `bodylen=N`, `body~RE`, `bodynot:TEXT`: the content of the first one;
//! - `h:Name~RE`, `h:Name`, `nh:Name~RE`, `nh:Name`: a field that must be there, or must not;
//! - `line~RE`: its status line; `early`: something was said before the first pause was over;
//! - `100`, `no100`, `no101`: interim responses;
//! - `m:GET,HEAD`: what the methods of the requests are, if not GET.

use regex_lite::Regex;

use crate::strict::Message;

/// What a client saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub messages: Vec<Message>,
    /// Bytes that are no whole response.
    pub rest: usize,
    /// The server ended the connection.
    pub ended: bool,
    /// Something came before the first pause was over. `None`: there was no pause.
    pub early: Option<bool>,
    /// The connection was good for another request. `None`: that was not tried.
    pub kept: Option<bool>,
}

impl Seen {
    fn finals(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| !message.is_interim())
    }
}

/// The methods of the requests, for the framing of the responses.
pub(super) fn methods(expect: &str) -> Vec<String> {
    let list = expect.split(';').find_map(|flag| flag.strip_prefix("m:"));
    list.map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default()
}

/// How many final responses to wait for.
pub(super) fn responses(expect: &str) -> usize {
    let first = expect.split(" || ").next().unwrap();
    if let Some(sequence) = first.strip_prefix("seq:") {
        return sequence.split(';').next().unwrap().split(',').count();
    }
    first.split(';').find_map(|flag| flag.strip_prefix("n=")).map_or(1, |count| count.parse().unwrap())
}

/// Whether any alternative has this flag, or begins with this word.
pub(super) fn mentions(expect: &str, word: &str) -> bool {
    expect.split([';', '|', ' ']).any(|part| part == word)
}

/// Why none of the alternatives fits.
///
/// # Errors
/// One reason for each alternative.
pub(super) fn judge(expect: &str, seen: &Seen) -> Result<(), String> {
    let mut reasons = Vec::new();
    for alternative in expect.split(" || ") {
        match fits(alternative, seen) {
            Ok(()) => return Ok(()),
            Err(reason) => reasons.push(reason),
        }
    }
    Err(reasons.join("; "))
}

fn fits(alternative: &str, seen: &Seen) -> Result<(), String> {
    let mut flags = alternative.split(';');
    let statuses = flags.next().unwrap();
    let finals: Vec<&Message> = seen.finals().collect();
    let got: Vec<u16> = finals.iter().map(|message| message.status).collect();
    let first = finals.first();
    let begins = if let Some(sequence) = statuses.strip_prefix("seq:") {
        let wanted: Vec<&str> = sequence.split(',').collect();
        wanted.len() == got.len() && wanted.iter().zip(&got).all(|(wanted, got)| is_one_of(wanted, *got))
    } else if let Some(first) = first {
        is_one_of(statuses, first.status)
    } else {
        statuses.split('|').any(|word| word == if seen.ended { "close" } else { "wait" })
    };
    let ended = if seen.ended { "ended" } else { "open" };
    if !begins {
        return Err(format!("got {got:?}, {} bytes more, {ended}", seen.rest));
    }
    match flags.find(|flag| !holds(flag, first.copied(), &finals, seen)) {
        Some(flag) => Err(format!("{flag} does not hold; got {got:?}, {ended}")),
        None => Ok(()),
    }
}

fn is_one_of(statuses: &str, status: u16) -> bool {
    let status = status.to_string();
    statuses.split('|').any(|wanted| {
        wanted == status || wanted.strip_suffix("xx").is_some_and(|class| status.starts_with(class))
    })
}

fn holds(flag: &str, first: Option<&Message>, finals: &[&Message], seen: &Seen) -> bool {
    let interim = |status: u16| seen.messages.iter().any(|message| message.status == status);
    let number = |text: &str| text.parse::<usize>().unwrap();
    match flag {
        "close" => return seen.ended,
        "cut" => return seen.ended && seen.rest > 0,
        "keep" => return seen.kept == Some(true),
        "early" => return seen.early == Some(true),
        "100" => return interim(100),
        "no100" => return !interim(100),
        "no101" => return !interim(101),
        _ => {}
    }
    if let Some(count) = flag.strip_prefix("rest=") {
        return seen.rest == number(count);
    }
    if let Some(count) = flag.strip_prefix("n<=") {
        return finals.len() <= number(count);
    }
    if let Some(count) = flag.strip_prefix("n=") {
        return finals.len() == number(count);
    }
    // Where an end without an answer is fine, there is nothing more to look at.
    let Some(first) = first else { return true };
    let text = String::from_utf8_lossy(&first.body);
    let (name, value) = flag.split_once([':', '=', '~']).unwrap_or((flag, ""));
    let field = |found: &dyn Fn(&str) -> bool| first.values(value.split('~').next().unwrap()).any(found);
    let matches = |text: &str, regex: &str| Regex::new(regex).unwrap().is_match(text);
    let wanted = value.split_once('~').map_or("", |(_, regex)| regex);
    match name {
        "m" => true,
        "nobody" => first.body.is_empty(),
        "body" if flag.starts_with("body~") => matches(&text, value),
        "body" => text == value,
        "bodylen" => first.body.len() == number(value),
        "bodynot" => !text.contains(value),
        "line" => matches(&first.line, value),
        "h" => field(&|found| matches(found, wanted)),
        "nh" => !field(&|found| matches(found, wanted)),
        _ => panic!("no such flag: {flag}"),
    }
}
