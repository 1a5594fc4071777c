//! Where a section stands.

use super::{Section, Stage};
use crate::http::Stand;

impl Section {
    /// Where the section stands.
    pub(in crate::http) const fn stand(&self) -> Stand {
        match self.stage {
            Stage::Start => Stand::FieldStart,
            Stage::Name => Stand::FieldName,
            Stage::NameSpace => Stand::FieldNameSpace,
            Stage::Space => Stand::FieldSpace,
            Stage::Value => Stand::FieldValue,
            Stage::LineEnd => Stand::LineEnd,
            Stage::Last => Stand::SectionEnd,
        }
    }
}
