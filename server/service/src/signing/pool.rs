//! The threads that sign. A signature is some 300 µs of pure computing, so that
//! there are as many as processors, and they give way: whoever verifies must not
//! wait for those who sign.
//!
//! Where many wait, results are handed back a few at a time. Else each would wake
//! a thread that has nothing else to do, and find its caches full of arithmetic:
//! that cost a third as much as the signature.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use tokio::sync::oneshot;

use crate::{Error, Result};

/// How far they give way, as `nice` counts: with [`carry_out`]'s yield to less than
/// a tenth of what others get, where there is not enough for all.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;
/// Results handed back together, at most.
const TOGETHER: usize = 4;
/// What may wait for each thread before it is called busy.
const BUSY: usize = 8;

/// Does the work, and gives what hands its result back.
type Work = Box<dyn FnOnce() -> HandBack + Send>;
type HandBack = Box<dyn FnOnce()>;

/// What waits for a thread, or is on one.
static WAITING: AtomicUsize = AtomicUsize::new(0);

static POOL: LazyLock<flume::Sender<Work>> = LazyLock::new(|| {
    let (way, work) = flume::unbounded();
    for n in 0..*THREADS {
        let work = work.clone();
        let started = thread::Builder::new().name(format!("sign-{n}")).spawn(move || serve(&work));
        if let Err(error) = started {
            tracing::error!(%error, "a thread that signs could not be started");
        }
    }
    way
});

/// As many as processors. To ask the system takes longer than it seems: it reads files.
static THREADS: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, usize::from));

fn serve(work: &flume::Receiver<Work>) {
    give_way();
    let mut done: Vec<HandBack> = Vec::with_capacity(TOGETHER);
    while let Ok(first) = work.recv() {
        done.extend(carry_out(first));
        while done.len() < TOGETHER
            && let Ok(next) = work.try_recv()
        {
            done.extend(carry_out(next));
        }
        done.drain(..).for_each(|hand_back| hand_back());
    }
}

/// A panic is one request's, and never the thread's: who waits learns of it.
fn carry_out(work: Work) -> Option<HandBack> {
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    if done.is_none() {
        tracing::error!("a signature panicked");
    }
    // Else it would go on for its slice of some milliseconds, where there is not
    // enough for all, and those who verify would wait for that.
    thread::yield_now();
    done
}

/// On Linux a priority is a thread's own; elsewhere it would be the process's.
fn give_way() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// Runs something long off the async threads.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let failed = || Error::Internal("a thread that signs is gone".into());
    let (done, result) = oneshot::channel();
    let waiting = Waiting::begin();
    let work: Work = Box::new(move || {
        // Who has left wants nothing any more.
        let result = (!done.is_closed()).then(work);
        drop(waiting);
        Box::new(move || drop(result.map(|result| done.send(result))))
    });
    POOL.send(work).map_err(|_| failed())?;
    result.await.map_err(|_| failed())
}

/// Whether what is asked for now will wait for some time anyway.
pub fn is_busy() -> bool {
    WAITING.load(Ordering::Relaxed) > BUSY * *THREADS
}

/// Counts what waits, however it ends.
struct Waiting;

impl Waiting {
    fn begin() -> Self {
        WAITING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}
