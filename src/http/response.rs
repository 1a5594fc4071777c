//! The machine that reads responses, for looking at the bytes that went back.
