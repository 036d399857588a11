//! Whether anything moves on a connection of HTTP/2, which has no timeout of its own for silent clients.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::HttpBody;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, sleep};

/// The last time at which a request began or a part of a body was moved.
pub(super) struct Activity {
    began_at: Instant,
    /// Milliseconds from the beginning to the last activity.
    last_ms: AtomicU64,
    /// Requests whose answer has not begun.
    handled: AtomicUsize,
}

/// A request whose answer has not begun.
pub(super) struct Handled(Arc<Activity>);

/// A body whose frames count as activity.
pub(super) struct ActiveBody<B> {
    body: B,
    activity: Arc<Activity>,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        let (last_ms, handled) = (AtomicU64::new(0), AtomicUsize::new(0));
        Arc::new(Self { began_at: Instant::now(), last_ms, handled })
    }

    /// Counts a request until the returned value is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Handled {
        self.note();
        self.handled.fetch_add(1, Ordering::Relaxed);
        Handled(Arc::clone(self))
    }

    /// Waits until nothing has moved for `limit` and no request is handled.
    pub(super) async fn idle_for(&self, limit: Duration) {
        loop {
            let left = limit.saturating_sub(self.idle_time());
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    fn idle_time(&self) -> Duration {
        if self.handled.load(Ordering::Relaxed) > 0 {
            return Duration::ZERO;
        }
        let last = Duration::from_millis(self.last_ms.load(Ordering::Relaxed));
        self.began_at.elapsed().saturating_sub(last)
    }

    fn note(&self) {
        let now = u64::try_from(self.began_at.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(now, Ordering::Relaxed);
    }
}

impl Drop for Handled {
    fn drop(&mut self) {
        self.0.note();
        self.0.handled.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<B> ActiveBody<B> {
    pub(super) fn new(body: B, activity: Arc<Activity>) -> Self {
        Self { body, activity }
    }
}

impl<B: HttpBody + Unpin> HttpBody for ActiveBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.activity.note();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn silent_connection_is_idle_after_the_limit() {
        let activity = Activity::new();
        activity.idle_for(LIMIT).await;
        assert!(activity.began_at.elapsed() >= LIMIT);
    }

    #[tokio::test]
    async fn connection_with_an_unanswered_request_is_not_idle() {
        let activity = Activity::new();
        let handled = activity.begin();
        assert!(tokio::time::timeout(LIMIT * 3, activity.idle_for(LIMIT)).await.is_err());
        drop(handled);
        let answered_at = Instant::now();
        activity.idle_for(LIMIT).await;
        // Milliseconds are rounded down.
        assert!(answered_at.elapsed() + Duration::from_millis(2) >= LIMIT);
    }

    #[tokio::test]
    async fn moved_frame_is_activity() {
        let activity = Activity::new();
        sleep(LIMIT).await;
        let mut body = ActiveBody::new(axum::body::Body::from("text"), Arc::clone(&activity));
        std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        assert!(activity.idle_time() < LIMIT);
    }
}
