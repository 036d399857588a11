//! Runs two parts of a scenario at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::cmd::Result;

/// Runs `work`, and `other` on another thread. `other` must end soon after its flag is set, which states that
/// `work` has ended.
///
/// # Errors
/// Returns a message if `other` panics.
pub fn run_beside<T, U: Send>(
    work: impl FnOnce() -> T,
    other: impl FnOnce(&AtomicBool) -> U + Send,
) -> Result<(T, U)> {
    let is_done = AtomicBool::new(false);
    let (result, other) = thread::scope(|scope| {
        let other = scope.spawn(|| other(&is_done));
        let set_at_end = SetOnDrop(&is_done);
        let result = work();
        drop(set_at_end);
        (result, other.join())
    });
    Ok((result, other.map_err(|_| "A thread of the benchmark panicked.")?))
}

/// Sets a flag when it is dropped, also by a panic, because the other thread waits for the flag.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_thread_runs_until_the_work_has_ended() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let outcome = run_beside(
            || receiver.recv().is_ok(),
            |is_done| {
                let was_done = is_done.load(Ordering::Relaxed);
                let is_sent = sender.send(()).is_ok();
                while !is_done.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
                (was_done, is_sent)
            },
        );
        assert_eq!(outcome, Ok((true, (false, true))));
    }
}
