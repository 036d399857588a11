//! The threads that sign. A signature is some 300 µs of pure computing, so that
//! there are as many as processors, and they give way: whoever verifies must not
//! wait for those who sign.
//!
//! Where many wait, results are handed back some at a time, by one task on the async
//! threads. Else each would wake a thread that has nothing else to do, and gives way to
//! it at once: a switch to and fro for each, and caches full of arithmetic.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use crate::{Error, Result};

/// How far they give way, as `nice` counts: with [`carry_out`]'s yield to less than
/// a tenth of what others get, where there is not enough for all.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;
/// Results handed back together, at most. The first of them waits for the others: some 4 ms
/// of a processor, where there is that much to do anyway.
const MAX_COMPLETIONS_PER_WAKE: usize = 16;
/// Of those, handed back in one go: others on the async threads come in between.
const COMPLETIONS_PER_POLL: usize = 4;

/// Something long that somebody waits for.
struct Task {
    /// Does it, and gives what hands its result back.
    run: Box<dyn FnOnce() -> Completion + Send>,
    /// Where they wait.
    runtime: Handle,
}

type Completion = Box<dyn FnOnce() + Send>;

/// What is done, and was not handed back: that happens however this ends, also where
/// nothing runs any more.
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

/// What waits for a thread, or is on one.
static QUEUE_DEPTH: AtomicUsize = AtomicUsize::new(0);
/// Told when results were handed back.
static CAPACITY_FREED: Notify = Notify::const_new();
/// How few must wait for somebody to do what is held up until then; 0 where nothing is.
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

/// As many as processors. To ask the system takes longer than it seems: it reads files.
static THREADS: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, usize::from));

fn run_worker(work: &flume::Receiver<Task>) {
    lower_priority();
    while let Ok(first) = work.recv() {
        let home = first.runtime.clone();
        // All of them go home with the first: there is one runtime, but in tests.
        let mut done = CompletionBatch::default();
        done.0.extend(execute(first));
        // Once there is room for what is held up, nobody who is part of it should be kept here.
        while done.0.len() < MAX_COMPLETIONS_PER_WAKE
            && QUEUE_DEPTH.load(Ordering::SeqCst) > WAKE_THRESHOLD.load(Ordering::SeqCst)
            && let Ok(next) = work.try_recv()
        {
            done.0.extend(execute(next));
        }
        home.spawn(done.deliver());
    }
}

/// A panic is one request's, and never the thread's: who waits learns of it.
fn execute(work: Task) -> Option<Completion> {
    let done = catch_unwind(AssertUnwindSafe(work.run)).ok();
    if done.is_none() {
        tracing::error!("a signature panicked");
    }
    // Else it would go on for its slice of some milliseconds, where there is not
    // enough for all, and those who verify would wait for that.
    thread::yield_now();
    done
}

/// On Linux a priority is a thread's own; elsewhere it would be the process's.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// Runs something long off the async threads.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let failed = || Error::Internal("signing pool has stopped or the signing task failed".into());
    let (done, result) = oneshot::channel();
    let waiting = QueueDepthGuard::enter();
    let run = Box::new(move || {
        // Who has left wants nothing any more.
        let result = (!done.is_closed()).then(work);
        drop(waiting);
        Box::new(move || drop(result.map(|result| done.send(result)))) as Completion
    });
    POOL.send(Task { run, runtime: Handle::current() }).map_err(|_| failed())?;
    result.await.map_err(|_| failed())
}

/// Until no more than so many wait for each thread: what is asked for then does not wait for
/// some time anyway. Enough must be left to do for them until it comes.
pub async fn wait_for_capacity(few: usize) {
    let few = few * *THREADS;
    let _held_up = CapacityWaiter(few);
    loop {
        let mut told = pin!(CAPACITY_FREED.notified());
        // From here on it hears; what happened before is seen.
        told.as_mut().enable();
        if QUEUE_DEPTH.load(Ordering::SeqCst) <= few {
            return;
        }
        // Anew each time: whoever has gone took it away.
        WAKE_THRESHOLD.fetch_max(few, Ordering::SeqCst);
        told.await;
    }
}

/// Something that is held up until so few wait, however that ends. Of several the one that
/// can go first counts; the others are told by any results that go back.
struct CapacityWaiter(usize);

impl Drop for CapacityWaiter {
    fn drop(&mut self) {
        let _ = WAKE_THRESHOLD.compare_exchange(self.0, 0, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// Counts what waits, however it ends.
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
