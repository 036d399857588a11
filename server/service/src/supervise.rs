//! Supervision of background tasks: a task that panics is logged and started again.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Pause before a restart, so that a task that always panics does not use a core.
const RESTART_DELAY: Duration = Duration::from_millis(100);

/// Spawns the task that `start` returns, and spawns it again after each panic. Ends when the task
/// ends. Aborting the returned handle aborts the task too.
pub fn supervise<F>(name: &'static str, start: impl Fn() -> F + Send + 'static) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            let task = AbortOnDrop(tokio::spawn(start()));
            match task.join().await {
                Err(error) if error.is_panic() => {
                    tracing::error!(task = name, %error, "background task panicked; it is started again");
                    sleep(RESTART_DELAY).await;
                }
                _ => return,
            }
        }
    })
}

struct AbortOnDrop(JoinHandle<()>);

impl AbortOnDrop {
    async fn join(mut self) -> Result<(), tokio::task::JoinError> {
        (&mut self.0).await
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn panicking_task_is_started_again_until_it_ends() {
        let starts = Arc::<AtomicU32>::default();
        let counted = Arc::clone(&starts);
        let handle = supervise("test", move || {
            let starts = Arc::clone(&counted);
            async move {
                assert!(starts.fetch_add(1, Ordering::SeqCst) >= 2, "the first two runs panic");
            }
        });
        handle.await.expect("the supervisor ends");
        assert_eq!(starts.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn aborted_supervisor_aborts_its_task() {
        let (alive, mut ended) = tokio::sync::mpsc::channel::<()>(1);
        let handle = supervise("test", move || {
            let alive = alive.clone();
            async move {
                std::future::pending::<()>().await;
                drop(alive);
            }
        });
        tokio::task::yield_now().await;
        handle.abort();
        assert!(tokio::time::timeout(Duration::from_secs(5), ended.recv()).await.expect("ended").is_none());
    }
}
