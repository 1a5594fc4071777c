//! Field lines that break a rule and are read all the same.

use std::ops::Range;

use super::{Kinds, Section, Stage, report_value, trimmed_end};
use crate::{
    http::{
        fault::{Fault, index32},
        head::slice,
        leniency::{Leniencies, Leniency},
        rule::Rule,
        span::{Note, SpanKind},
    },
    wire::Sink,
};

impl Section {
    /// Continues after a breach if a leniency allows it, and reports it.
    #[cold]
    pub(super) fn reads_over<S: Sink<SpanKind>>(
        &mut self,
        fault: &Fault,
        (bytes, base): (&[u8], u64),
        (kinds, leniencies): (&Kinds, Leniencies),
        sink: &mut S,
        each: &mut impl FnMut(&[u8], Range<u32>, Range<u32>),
    ) -> bool {
        let Some(leniency) = self.needed(fault.rule, bytes[self.at()]) else { return false };
        if !leniencies.has(leniency) {
            return false;
        }
        let stream = |range: Range<u32>| base + u64::from(range.start)..base + u64::from(range.end);
        let mut at_fault = self.at..self.at + 1;
        match (self.stage, leniency) {
            (Stage::Start, Leniency::BareLineFeed) => self.stage = Stage::Last,
            (Stage::Start, Leniency::LineFolding) => {
                self.name = self.at..self.at;
                self.stage = Stage::Space;
            }
            (Stage::Name, Leniency::SpaceBeforeColon) => {
                self.name = self.token..self.at;
                self.stage = Stage::NameSpace;
                return true;
            }
            (Stage::NameSpace, Leniency::SpaceBeforeColon) => {
                at_fault = self.name.end..self.at;
                sink.span(kinds.name, stream(self.name.clone()));
                self.token = self.name.end;
                self.at += 1;
                self.stage = Stage::Space;
            }
            // The white space was part of a name.
            (Stage::NameSpace, _) => {
                at_fault = self.name.end..self.at;
                self.stage = Stage::Name;
            }
            (_, Leniency::ColonMissing) => {
                at_fault = self.token..self.at;
                sink.span(kinds.name, stream(at_fault.clone()));
                self.name = at_fault.clone();
                self.token = self.at;
                self.stage = Stage::Value;
            }
            (_, Leniency::BareLineFeed) => {
                let value = self.token as usize..trimmed_end(bytes, self.token as usize, self.at());
                report_value(bytes, base, &value, self.at(), kinds, sink);
                if !self.name.is_empty() {
                    let value = index32(value.start)..index32(value.end);
                    each(slice(bytes, &self.name), self.name.clone(), value);
                }
                self.token = self.at;
                self.stage = Stage::LineEnd;
            }
            (Stage::Start, _) => {
                self.at += 1;
                self.stage = Stage::Name;
            }
            _ => self.at += 1,
        }
        sink.note(Note::Tolerated(leniency), stream(at_fault));
        true
    }

    /// The leniency that reading on needs after a byte that breaks a rule. `None`: there is none.
    fn needed(&self, rule: Rule, byte: u8) -> Option<Leniency> {
        Some(match (self.stage, rule) {
            (Stage::Name, Rule::ColonMissing | Rule::BareLineFeed) => Leniency::ColonMissing,
            (Stage::Start | Stage::Value, Rule::BareLineFeed) => Leniency::BareLineFeed,
            (Stage::Start, Rule::LineFolding) => Leniency::LineFolding,
            (Stage::NameSpace, _) if byte != b':' => Leniency::FieldName,
            (_, Rule::SpaceBeforeColon) => Leniency::SpaceBeforeColon,
            (Stage::Start | Stage::Name, Rule::FieldNameCharacter) if !byte.is_ascii_control() => {
                Leniency::FieldName
            }
            (Stage::Value, Rule::FieldValueCharacter) => Leniency::FieldValue,
            _ => return None,
        })
    }
}
