//! The content type of all bodies.

use http::HeaderValue;

/// JSON, with the character set that some clients look for.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
