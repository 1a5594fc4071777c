//! Middleware without settings.

use super::Row;

/// The row of the request logger.
pub(super) const LOGGER: Row = Row { summary: |_| "1 line per exchange".to_owned(), settings: None };

/// The row of compression.
pub(super) const COMPRESSION: Row = Row { summary: |_| "gzip and br from 1 KiB".to_owned(), settings: None };

/// The row of the security fields.
pub(super) const SECURITY: Row =
    Row { summary: |_| "nosniff, frame-ancestors, referrer".to_owned(), settings: None };

/// The row of the cross-site guard.
pub(super) const CROSS_SITE: Row =
    Row { summary: |_| "403 for other sites' pages".to_owned(), settings: None };
