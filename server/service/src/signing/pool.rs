//! Low-priority thread pool for signatures. A signature is about 300 µs of CPU time. There is one
//! thread per processor, and the threads yield to verifications.
//!
//! With many waiters, completions are delivered in groups by one task on the async runtime. One
//! wake-up per completion would switch threads each time and evict CPU caches.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use crate::{Error, Result};

/// Nice level of the threads. With the yield in [`execute`] they get less than a tenth of the CPU
/// time under contention.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;
/// Maximum number of completions per wake-up. The first one waits for the others, at most about 4
/// ms of CPU time.
const MAX_COMPLETIONS_PER_WAKE: usize = 16;
/// Completions delivered per poll, so that other async tasks run in between.
const COMPLETIONS_PER_POLL: usize = 4;

/// A CPU-bound task with a waiting caller.
struct Task {
    /// Executes the task and returns its completion.
    run: Box<dyn FnOnce() -> Completion + Send>,
    /// The runtime of the caller.
    runtime: Handle,
}

type Completion = Box<dyn FnOnce() + Send>;

/// Completions that are not delivered yet. Dropping it delivers them, also after the shutdown of
/// the runtime.
#[derive(Default)]
struct CompletionBatch(VecDeque<Completion>);

impl CompletionBatch {
    async fn deliver(mut self) {
        while !self.0.is_empty() {
            let some = COMPLETIONS_PER_POLL.min(self.0.len());
            self.0.drain(..some).for_each(|hand_back| hand_back());
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for CompletionBatch {
    fn drop(&mut self) {
        self.0.drain(..).for_each(|hand_back| hand_back());
        CAPACITY_FREED.notify_waiters();
    }
}

/// Number of tasks that are queued or running.
static QUEUE_DEPTH: AtomicUsize = AtomicUsize::new(0);
/// Notified when completions were delivered.
static CAPACITY_FREED: Notify = Notify::const_new();
/// Queue depth at which a blocked batch continues; 0 if no batch is blocked.
static WAKE_THRESHOLD: AtomicUsize = AtomicUsize::new(0);

static POOL: LazyLock<flume::Sender<Task>> = LazyLock::new(|| {
    let (way, work) = flume::unbounded();
    for n in 0..*THREADS {
        let work = work.clone();
        let started = thread::Builder::new().name(format!("sign-{n}")).spawn(move || run_worker(&work));
        if let Err(error) = started {
            tracing::error!(%error, "signing thread could not be started");
        }
    }
    way
});

/// One thread per processor. Cached because the query reads system files.
static THREADS: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, usize::from));

fn run_worker(work: &flume::Receiver<Task>) {
    lower_priority();
    while let Ok(first) = work.recv() {
        let home = first.runtime.clone();
        // All completions go to the runtime of the first task: there is one runtime outside of
        // tests.
        let mut done = CompletionBatch::default();
        done.0.extend(execute(first));
        // Stop once the queue is below `WAKE_THRESHOLD`: a blocked batch may wait for one of these.
        while done.0.len() < MAX_COMPLETIONS_PER_WAKE
            && QUEUE_DEPTH.load(Ordering::SeqCst) > WAKE_THRESHOLD.load(Ordering::SeqCst)
            && let Ok(next) = work.try_recv()
        {
            done.0.extend(execute(next));
        }
        home.spawn(done.deliver());
    }
}

/// Executes a task. A panic fails the request of the task and not the thread.
fn execute(work: Task) -> Option<Completion> {
    let done = catch_unwind(AssertUnwindSafe(work.run)).ok();
    if done.is_none() {
        tracing::error!("a signature panicked");
    }
    // Without the yield the thread keeps its time slice of some milliseconds while verifications
    // wait for the processor.
    thread::yield_now();
    done
}

/// Lowers the priority of the thread. Only Linux has a priority per thread.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// Runs a CPU-bound closure on the pool and returns its result.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let failed = || Error::Internal("signing pool has stopped or the signing task failed".into());
    let (done, result) = oneshot::channel();
    let waiting = QueueDepthGuard::enter();
    let run = Box::new(move || {
        // Skip tasks whose caller has disconnected.
        let result = (!done.is_closed()).then(work);
        drop(waiting);
        Box::new(move || drop(result.map(|result| done.send(result)))) as Completion
    });
    POOL.send(Task { run, runtime: Handle::current() }).map_err(|_| failed())?;
    result.await.map_err(|_| failed())
}

/// Waits until at most `per_thread` signatures are queued per thread. Callers delay work that would
/// only lengthen the queue.
pub async fn wait_for_capacity(few: usize) {
    let few = few * *THREADS;
    let _held_up = CapacityWaiter(few);
    loop {
        let mut told = pin!(CAPACITY_FREED.notified());
        // Registers before the check, so that no notification is lost.
        told.as_mut().enable();
        if QUEUE_DEPTH.load(Ordering::SeqCst) <= few {
            return;
        }
        // Set again in each round, because another waiter resets it when it ends.
        WAKE_THRESHOLD.fetch_max(few, Ordering::SeqCst);
        told.await;
    }
}

/// Guard of a waiting caller: resets `WAKE_THRESHOLD` when dropped, also on cancellation. With
/// several waiters the highest threshold counts; the others wake with any delivery.
struct CapacityWaiter(usize);

impl Drop for CapacityWaiter {
    fn drop(&mut self) {
        let _ = WAKE_THRESHOLD.compare_exchange(self.0, 0, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// Counts a task in [`QUEUE_DEPTH`] until dropped.
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

    const LONG: Duration = Duration::from_secs(20);

    fn work() {
        thread::sleep(Duration::from_millis(2));
    }

    #[tokio::test]
    async fn every_caller_gets_its_result_and_capacity_is_freed() {
        let mut all = JoinSet::new();
        for n in 0..100 {
            all.spawn(run(move || {
                work();
                assert_ne!(n, 7, "one of them panics");
                n
            }));
        }
        tokio::task::yield_now().await;
        timeout(LONG, wait_for_capacity(3)).await.expect("there is room at some time");
        let mut got: Vec<i32> =
            timeout(LONG, all.join_all()).await.expect("done").into_iter().flatten().collect();
        got.sort_unstable();
        let expected: Vec<i32> = (0..100).filter(|n| *n != 7).collect();
        assert_eq!(got, expected);
    }

    #[tokio::test]
    async fn completion_survives_shutdown_of_another_runtime() {
        let other = Runtime::new().expect("a runtime");
        let mut all = JoinSet::new();
        for n in 0..20 {
            other.spawn(run(work));
            all.spawn(run(move || {
                work();
                n
            }));
            tokio::task::yield_now().await;
        }
        other.shutdown_background();
        let got = timeout(LONG, all.join_all()).await.expect("done");
        assert_eq!(got.into_iter().flatten().count(), 20);
    }
}
