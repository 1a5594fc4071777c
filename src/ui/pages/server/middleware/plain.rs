//! Middleware without settings.

use crate::service::MiddlewareKind;

use super::Row;

/// The row of the request logger.
pub(super) const LOGGER: Row =
    Row { kind: MiddlewareKind::Logger, summary: |_| "1 line per exchange".to_owned(), settings: None };

/// The row of compression.
pub(super) const COMPRESSION: Row = Row {
    kind: MiddlewareKind::Compression,
    summary: |_| "gzip and br over 1 KB".to_owned(),
    settings: None,
};

/// The row of the security fields.
pub(super) const SECURITY: Row = Row {
    kind: MiddlewareKind::Security,
    summary: |_| "nosniff, frame-ancestors, referrer".to_owned(),
    settings: None,
};
