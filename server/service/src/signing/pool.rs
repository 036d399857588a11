//! The threads that sign. A signature is some 300 µs of pure computing, so that
//! there are as many as processors, and they give way: whoever verifies must not
//! wait for those who sign.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

use crate::{Error, Result};

/// How far they give way, as `nice` counts: to a tenth of what others get, where
/// there is not enough for all.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

static POOL: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    ThreadPoolBuilder::new()
        .num_threads(available_parallelism().map_or(1, usize::from))
        .thread_name(|n| format!("sign-{n}"))
        .start_handler(|_| give_way())
        // Who waits for it learns of it.
        .panic_handler(|_| tracing::error!("a thread that signs panicked"))
        .build()
        .ok()
});

/// On Linux a priority is a thread's own; elsewhere it would be the process's.
fn give_way() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// Runs something long off the async threads.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let failed = || Error::Internal("a thread that signs is gone".into());
    let (done, result) = oneshot::channel();
    let pool = POOL.as_ref().ok_or_else(failed)?;
    pool.spawn(move || drop(done.send(work())));
    result.await.map_err(|_| failed())
}
