//! The trace of the request that a task works for. It is passed on to webhooks, which a worker notifies later.
//!
//! The trace is a value of the task, because use cases do not take it as a parameter. The server sets it for each
//! request; a task that a request spawns takes it along by [`carry`].

use std::future::Future;
use std::sync::Arc;

use domain::trace_context::TraceContext;

tokio::task_local! {
    static CURRENT: Option<Arc<TraceContext>>;
}

/// Runs a future for a request with this trace. `None`: the request has no trace.
pub fn scope<F: Future>(trace: Option<Arc<TraceContext>>, future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(trace, future)
}

/// Returns the trace of the present request.
#[must_use]
pub fn current() -> Option<Arc<TraceContext>> {
    CURRENT.try_with(Clone::clone).ok().flatten()
}

/// Gives a future, which is about to be spawned, the trace of the present request.
pub fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> {
    scope(current(), future)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn spawned_tasks_carry_the_trace() {
        let trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None);
        let trace = trace.map(Arc::new);
        assert!(trace.is_some() && current().is_none());
        let (inside, spawned, carried) = scope(trace.clone(), async {
            let spawned = tokio::spawn(async { current() }).await.expect("a task");
            let carried = tokio::spawn(carry(async { current() })).await.expect("a task");
            (current(), spawned, carried)
        })
        .await;
        assert_eq!((inside, spawned, carried), (trace.clone(), None, trace));
        assert!(current().is_none());
    }
}
