//! Remarks in words.
