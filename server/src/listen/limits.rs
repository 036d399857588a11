//! Limits of connections of both versions of HTTP.

use std::time::Duration;

/// Maximum size of a request header in bytes; a longer header is answered with 431 (RFC 6585).
pub(super) const MAX_HEADER_BYTES: u16 = 16 * 1024;
/// Timeout of a client that does not read its response.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum time for requests in progress after the shutdown signal.
pub(super) const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Delay between the shutdown signal and the end of idle connections. The request of a client that has just connected is
/// still answered.
pub(super) const FIRST_REQUEST_DELAY: Duration = Duration::from_millis(250);
