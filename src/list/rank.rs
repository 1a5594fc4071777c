//! What a row is sorted by: a number or a text.

use std::{collections::HashMap, sync::Arc};

use crate::{
    base::stream::ExchangeId,
    filter::{Subject, TextKey},
    store::Summary,
    trace::Cause,
};

use super::column::Column;

/// What a row is sorted by, as its summary has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Number(u64),
    Text(&'a str),
}

/// What a row is sorted by, as the order keeps it. Equal texts mostly share their memory.
#[derive(Clone, Debug)]
pub(super) enum Rank {
    Number(u64),
    Text(Arc<str>),
}

impl Rank {
    pub(super) fn key(&self) -> Key<'_> {
        match self {
            Self::Number(number) => Key::Number(*number),
            Self::Text(text) => Key::Text(text),
        }
    }
}

impl Column {
    /// What a row is sorted by.
    pub(super) fn sort_key<'a>(self, row: &'a Summary<'_>) -> Key<'a> {
        let number = match self {
            Self::Method => return Key::Text(row.method),
            Self::Target => return Key::Text(row.target),
            Self::Type => return Key::Text(row.media_type),
            Self::From => return Key::Text(row.text(TextKey::From)),
            Self::Comment => return Key::Text(row.text(TextKey::Comment)),
            Self::Number => row.id.get(),
            Self::Start => row.began.get(),
            Self::Conn => row.conn.get(),
            Self::Status => {
                row.status.or_else(|| row.refusal.map(Cause::status)).map_or(0, |status| status.0.into())
            }
            Self::Waited => row.waited.map_or(0, |waited| waited + 1),
            Self::In => row.request_bytes,
            Self::Out => row.response_bytes,
            Self::Duration => row.took(),
            Self::Notes => row.notes,
        };
        Key::Number(number)
    }
}

/// Rows of which an order is made at once. Each text is kept once and gets a number, so that rows are compared by
/// numbers.
#[derive(Debug)]
pub(super) struct Unsorted {
    column: Column,
    /// The number by which a row is sorted, or that of its text in `texts`.
    rows: Vec<(u64, ExchangeId)>,
    /// The texts, in the order in which they came.
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u64>,
}

impl Unsorted {
    pub(super) fn new(column: Column, rows: usize) -> Self {
        Self { column, rows: Vec::with_capacity(rows), texts: Vec::new(), numbers: HashMap::new() }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &Summary<'_>) {
        let number = match self.column.sort_key(row) {
            Key::Number(number) => number,
            Key::Text(text) => self.number(text),
        };
        self.rows.push((number, row.id));
    }

    fn number(&mut self, text: &str) -> u64 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let (number, text) = (self.texts.len() as u64, Arc::<str>::from(text));
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// The rows in the order in which they came.
    pub(super) fn ranks(&self) -> impl Iterator<Item = (ExchangeId, Rank)> {
        self.rows.iter().map(|(number, id)| {
            let text = usize::try_from(*number).ok().and_then(|index| self.texts.get(index));
            (*id, text.map_or(Rank::Number(*number), |text| Rank::Text(Arc::clone(text))))
        })
    }

    /// The rows, ascending; equal ones by number.
    pub(super) fn sorted(self) -> Vec<(Rank, ExchangeId)> {
        let Self { column: _, mut rows, texts, numbers } = self;
        drop(numbers);
        if texts.is_empty() {
            rows.sort_unstable();
            return rows.into_iter().map(|(number, id)| (Rank::Number(number), id)).collect();
        }
        let mut order: Vec<(Arc<str>, usize)> =
            texts.into_iter().enumerate().map(|(number, text)| (text, number)).collect();
        order.sort_unstable();
        let mut places = vec![0; order.len()];
        for (place, (_, number)) in order.iter().enumerate() {
            places[*number] = place;
        }
        let mut ranked: Vec<(usize, ExchangeId)> = rows
            .into_iter()
            .filter_map(|(number, id)| Some((*places.get(usize::try_from(number).ok()?)?, id)))
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(place, id)| (Rank::Text(Arc::clone(&order[place].0)), id)).collect()
    }
}
