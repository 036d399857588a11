//! Requests that a live page makes by itself, without its user.

use axum::extract::Request;

/// The path of the event stream.
pub const STREAM_PATH: &str = "/_live";
/// The header of a page that requests itself again after a change.
const UPDATE_HEADER: &str = "x-live-update";

/// Returns whether a live page made the request by itself. Such a request does not extend the session's idle
/// timeout, and leaves the flash of a form to the next page that the user opens.
pub fn is_live(request: &Request) -> bool {
    request.uri().path() == STREAM_PATH || request.headers().contains_key(UPDATE_HEADER)
}
