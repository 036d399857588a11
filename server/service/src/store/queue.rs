//! A bounded request queue in front of a batching worker: sending, collecting a batch, and
//! returning the result of each request.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tracing::{Instrument as _, Span};

use crate::{Error, Result};

/// Maximum number of requests in one batch.
pub(super) const MAX_BATCH: usize = 128;
/// Time limit for processing one batch.
pub(super) const BATCH_TIMEOUT: Duration = Duration::from_secs(8);
/// Maximum time a batch collects requests while `ready_to_run` is pending.
const BATCH_DELAY: Duration = Duration::from_millis(20);
/// Maximum number of queued requests; further senders wait for capacity.
const QUEUE_CAPACITY: usize = 4096;

/// A queued request and the channel for its result.
pub(super) struct Message<A, B> {
    pub request: A,
    pub reply: oneshot::Sender<Result<B>>,
    /// When the request was sent, also if it waited for capacity.
    pub queued_at: Instant,
    /// The span of the request while it waits. Disabled unless the request is traced.
    pub span: Span,
}

/// The sending half of the queue.
pub(super) struct QueueSender<A, B>(mpsc::Sender<Message<A, B>>);

impl<A, B> QueueSender<A, B> {
    /// Creates a queue. The receiver returns `None` once the sender is dropped.
    pub fn channel() -> (Self, QueueReceiver<A, B>) {
        let (sender, receiver) = mpsc::channel(QUEUE_CAPACITY);
        (Self(sender), QueueReceiver(receiver))
    }

    /// Returns whether the receiver exists.
    pub fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Returns the number of queued requests, and the number at which senders wait for capacity.
    pub fn depth(&self) -> (usize, usize) {
        let max = self.0.max_capacity();
        (max - self.0.capacity(), max)
    }

    /// Enqueues a request and waits for its result.
    pub async fn call(&self, request: A) -> Result<B> {
        let stopped = || Error::Internal("batch worker has stopped".into());
        let (reply, response) = oneshot::channel();
        let queued_at = Instant::now();
        let span = tracing::trace_span!("batch.wait");
        let message = Message { request, reply, queued_at, span: span.clone() };
        let answered = async {
            if self.0.send(message).await.is_err() {
                return Err(stopped());
            }
            response.await.unwrap_or_else(|_| Err(stopped()))
        };
        answered.instrument(span).await
    }
}

/// The receiving half of the queue, owned by the worker.
pub(super) struct QueueReceiver<A, B>(mpsc::Receiver<Message<A, B>>);

impl<A, B> QueueReceiver<A, B> {
    /// Waits for the next request.
    pub async fn recv(&mut self) -> Option<Message<A, B>> {
        self.0.recv().await
    }

    /// Collects a batch: `first` and every request already queued, up to `MAX_BATCH`. First waits
    /// for `ready_to_run`, at most [`BATCH_DELAY`]. Stops after two scheduler yields without a
    /// new request, so that a single request is not delayed.
    pub async fn recv_batch(
        &mut self,
        first: Message<A, B>,
        ready_to_run: impl Future<Output = ()>,
    ) -> Vec<Message<A, B>> {
        if self.0.len() + 1 < MAX_BATCH {
            let _ = timeout(BATCH_DELAY, ready_to_run).await;
        }
        let (mut batch, mut idle_yields) = (vec![first], 0);
        while idle_yields < 2 && batch.len() < MAX_BATCH {
            tokio::task::yield_now().await;
            let before = batch.len();
            while batch.len() < MAX_BATCH
                && let Ok(message) = self.0.try_recv()
            {
                batch.push(message);
            }
            idle_yields = if batch.len() == before { idle_yields + 1 } else { 0 };
        }
        batch
    }
}

/// Returns the span of a batch: a child of the first traced request, with links to the others. Disabled if no request
/// is traced.
pub(super) fn batch_span<A, B>(batch: &[Message<A, B>]) -> Span {
    let mut traced = batch.iter().map(|message| &message.span).filter(|span| !span.is_disabled());
    let Some(first) = traced.next() else { return Span::none() };
    let size = i64::try_from(batch.len()).unwrap_or(i64::MAX);
    // The layer of traces takes spans within a traced one alone.
    let span = first.in_scope(|| tracing::trace_span!("batch", batch.size = size));
    for other in traced {
        span.follows_from(other);
    }
    span
}

/// Limits `processing` to `limit`, because a silent connection must not block later batches.
pub(super) async fn with_timeout<T>(
    limit: Duration,
    processing: impl Future<Output = Result<T>>,
) -> Result<T> {
    let timed_out = || Error::unavailable("the database did not respond in time");
    timeout(limit, processing).await.unwrap_or_else(|_| Err(timed_out()))
}

/// Fails all requests of a batch: the first with `error`, the rest with a duplicate that
/// carries its text only.
pub(super) fn reply_all_err<A, B>(batch: Vec<Message<A, B>>, error: Error) {
    let mut batch = batch.into_iter();
    let first = batch.next();
    for message in batch {
        let _ = message.reply.send(Err(error.duplicate()));
    }
    if let Some(first) = first {
        let _ = first.reply.send(Err(error));
    }
}
