//! The view without a window.
