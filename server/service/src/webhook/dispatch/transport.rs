//! The interface to the HTTP client.

use std::future::Future;
use std::pin::Pin;

use domain::trace_context::TraceContext;

/// A request to a receiver: a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRequest {
    /// The address of the receiver.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// The trace of the change. The HTTP client adds its headers, with a span of its own if it records one.
    pub trace: Option<TraceContext>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The receiver answered.
    Answer {
        /// The status.
        status: u16,
        /// `Retry-After` of the answer, in milliseconds.
        retry_after_ms: Option<i64>,
        /// The beginning of the body, at most 1 KiB.
        body: String,
    },
    /// There was no answer. The sentence is for the seller, and names no address of the operator's network.
    NoAnswer(String),
}

/// A boxed future, because the transport is chosen by the server.
pub type ReplyFuture<'a> = Pin<Box<dyn Future<Output = Reply> + Send + 'a>>;

/// Sends requests to receivers, within 15 seconds each.
pub trait Transport: Send + Sync {
    /// Sends a request.
    fn send(&self, request: OutgoingRequest) -> ReplyFuture<'_>;
}
