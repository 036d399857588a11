//! Low-priority CPU thread pool for signing. A signature takes about 300 µs of CPU time, so the
//! pool has one thread per processor. The low priority keeps signing from delaying verifications.
//!
//! If many tasks are queued, completions are delivered in batches by one task on the async threads.
//! Otherwise each completion would wake an idle async thread that preempts the signing thread:
//! two context switches per signature, and CPU caches full of signing data.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use crate::{Error, Result};

/// Nice value of the signing threads. Together with the yield in [`execute`] it leaves them less than
/// a tenth of the CPU time of other threads when the CPU is saturated.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;
/// Maximum number of completions per batch. The first completion waits for the others: about 4 ms of
/// CPU time, and only if that many tasks are queued.
const MAX_COMPLETIONS_PER_WAKE: usize = 16;
/// Completions delivered between two yields, so that other async tasks can run in between.
const COMPLETIONS_PER_POLL: usize = 4;

/// A queued CPU-bound task.
struct Task {
    /// Runs the task and returns the completion that delivers its result.
    run: Box<dyn FnOnce() -> Completion + Send>,
    /// The runtime of the caller.
    runtime: Handle,
}

type Completion = Box<dyn FnOnce() + Send>;

/// Completions not yet delivered. `Drop` delivers the rest, also if the runtime has shut down and
/// the delivering task is cancelled.
#[derive(Default)]
struct CompletionBatch(VecDeque<Completion>);

impl CompletionBatch {
    async fn deliver(mut self) {
        while !self.0.is_empty() {
            let count = COMPLETIONS_PER_POLL.min(self.0.len());
            self.0.drain(..count).for_each(|completion| completion());
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for CompletionBatch {
    fn drop(&mut self) {
        self.0.drain(..).for_each(|completion| completion());
        CAPACITY_FREED.notify_waiters();
    }
}

/// Number of queued and running tasks.
static QUEUE_DEPTH: AtomicUsize = AtomicUsize::new(0);
/// Notified after completions were delivered.
static CAPACITY_FREED: Notify = Notify::const_new();
/// The highest queue depth at which a caller of [`wait_for_capacity`] continues; 0 without callers.
static WAKE_THRESHOLD: AtomicUsize = AtomicUsize::new(0);

static POOL: LazyLock<flume::Sender<Task>> = LazyLock::new(|| {
    let (sender, tasks) = flume::unbounded();
    for n in 0..*THREADS {
        let tasks = tasks.clone();
        let started = thread::Builder::new().name(format!("sign-{n}")).spawn(move || run_worker(&tasks));
        if let Err(error) = started {
            tracing::error!(%error, "signing thread could not be started");
        }
    }
    sender
});

/// One thread per processor. Cached because `available_parallelism` reads files.
static THREADS: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, usize::from));

fn run_worker(tasks: &flume::Receiver<Task>) {
    lower_priority();
    while let Ok(first) = tasks.recv() {
        let runtime = first.runtime.clone();
        // Deliver the batch on the runtime of its first task: only tests have several runtimes.
        let mut completions = CompletionBatch::default();
        completions.0.extend(execute(first));
        // Stop once the queue is at `WAKE_THRESHOLD`: a blocked batch may be waiting for a completion.
        while completions.0.len() < MAX_COMPLETIONS_PER_WAKE
            && QUEUE_DEPTH.load(Ordering::SeqCst) > WAKE_THRESHOLD.load(Ordering::SeqCst)
            && let Ok(next) = tasks.try_recv()
        {
            completions.0.extend(execute(next));
        }
        runtime.spawn(completions.deliver());
    }
}

/// Runs one task. A panic fails the request of this task, and the thread continues.
fn execute(task: Task) -> Option<Completion> {
    let completion = catch_unwind(AssertUnwindSafe(task.run)).ok();
    if completion.is_none() {
        tracing::error!("signing task panicked; its request fails");
    }
    // Without a yield the thread keeps its time slice of several milliseconds when the CPU is
    // saturated, which would delay verifications.
    thread::yield_now();
    completion
}

/// Lowers the priority of the current thread. Linux only: elsewhere it applies to the whole process.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// Runs a CPU-bound task on the pool and returns its result.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let failed = || Error::Internal("signing pool has stopped or the signing task failed".into());
    let (reply, result) = oneshot::channel();
    let depth_guard = QueueDepthGuard::enter();
    let run = Box::new(move || {
        // Skip the task if its caller is gone.
        let result = (!reply.is_closed()).then(work);
        drop(depth_guard);
        Box::new(move || drop(result.map(|result| reply.send(result)))) as Completion
    });
    POOL.send(Task { run, runtime: Handle::current() }).map_err(|_| failed())?;
    result.await.map_err(|_| failed())
}

/// Waits until at most `per_thread` tasks are queued per thread. Callers use it to delay work that
/// would only lengthen the queue. `per_thread` must keep the threads busy until that work arrives.
pub async fn wait_for_capacity(per_thread: usize) {
    let max_depth = per_thread * *THREADS;
    let _waiter = CapacityWaiter(max_depth);
    loop {
        let mut freed = pin!(CAPACITY_FREED.notified());
        // Register before reading the depth, so that no notification is lost in between.
        freed.as_mut().enable();
        if QUEUE_DEPTH.load(Ordering::SeqCst) <= max_depth {
            return;
        }
        // Set on every iteration: another waiter with the same threshold resets it when dropped.
        WAKE_THRESHOLD.fetch_max(max_depth, Ordering::SeqCst);
        freed.await;
    }
}

/// Guard of a waiting caller: resets `WAKE_THRESHOLD` when dropped, also on cancellation. Of several
/// waiters the highest threshold applies; every delivery of completions wakes the others.
struct CapacityWaiter(usize);

impl Drop for CapacityWaiter {
    fn drop(&mut self) {
        let _ = WAKE_THRESHOLD.compare_exchange(self.0, 0, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// Counts a task in `QUEUE_DEPTH` until dropped.
struct QueueDepthGuard;

impl QueueDepthGuard {
    fn enter() -> Self {
        QUEUE_DEPTH.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for QueueDepthGuard {
    fn drop(&mut self) {
        QUEUE_DEPTH.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::runtime::Runtime;
    use tokio::task::JoinSet;
    use tokio::time::timeout;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(20);

    fn busy_task() {
        thread::sleep(Duration::from_millis(2));
    }

    #[tokio::test]
    async fn every_caller_gets_its_result_and_capacity_is_freed() {
        let mut tasks = JoinSet::new();
        for n in 0..100 {
            tasks.spawn(run(move || {
                busy_task();
                assert_ne!(n, 7, "task 7 panics on purpose");
                n
            }));
        }
        tokio::task::yield_now().await;
        timeout(TIMEOUT, wait_for_capacity(3)).await.expect("capacity is freed before the timeout");
        let mut results: Vec<i32> = timeout(TIMEOUT, tasks.join_all())
            .await
            .expect("all tasks complete before the timeout")
            .into_iter()
            .flatten()
            .collect();
        results.sort_unstable();
        let expected: Vec<i32> = (0..100).filter(|n| *n != 7).collect();
        assert_eq!(results, expected);
    }

    #[tokio::test]
    async fn completion_survives_shutdown_of_another_runtime() {
        let other = Runtime::new().expect("runtime starts");
        let mut tasks = JoinSet::new();
        for n in 0..20 {
            other.spawn(run(busy_task));
            tasks.spawn(run(move || {
                busy_task();
                n
            }));
            tokio::task::yield_now().await;
        }
        other.shutdown_background();
        let results =
            timeout(TIMEOUT, tasks.join_all()).await.expect("all tasks complete before the timeout");
        assert_eq!(results.into_iter().flatten().count(), 20);
    }
}
