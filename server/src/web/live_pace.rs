//! When a stream of live pages may send: pauses between its messages, and a random delay after each change.

use std::time::Duration;

use service::live::Viewer;
use service::random_id;
use tokio::time::{Instant, sleep_until};

/// Minimum pause between two messages of a stream.
const MIN_PAUSE: Duration = Duration::from_secs(1);
/// Share of each viewer in the pause and in the delay. All viewers together request at most 67 pages a
/// second, which take about 50 ms of processor time.
const TIME_PER_VIEWER: Duration = Duration::from_millis(15);
/// Shorter delays are left out, because the script of the pages spreads its requests by as much.
const SPREAD_BY_BROWSERS: Duration = Duration::from_millis(200);

/// The times of a stream's messages.
#[derive(Default)]
pub struct Pace {
    sent_at: Option<Instant>,
    /// When the message of a change is due that is not sent yet.
    due_at: Option<Instant>,
}

impl Pace {
    /// Waits for a change, then until its message is due. Canceling the future loses neither.
    pub async fn due(&mut self, viewer: &Viewer) {
        let due_at = if let Some(due_at) = self.due_at {
            due_at
        } else {
            viewer.wait_for_change().await;
            let viewers = viewer.viewers();
            // A change may concern all viewers at once: each waits for a time of its own.
            let delayed = Instant::now() + spread(viewers).mul_f64(random_share());
            let due_at = self.sent_at.map_or(delayed, |sent_at| delayed.max(sent_at + pause(viewers)));
            self.due_at = Some(due_at);
            due_at
        };
        sleep_until(due_at).await;
    }

    /// Notes that a message is sent now.
    pub fn note_message(&mut self) {
        *self = Self { sent_at: Some(Instant::now()), due_at: None };
    }
}

/// Returns the minimum pause between two messages of a stream.
fn pause(viewers: usize) -> Duration {
    MIN_PAUSE.max(time_of_all(viewers))
}

/// Returns the time over which the messages of one change to all viewers are spread.
fn spread(viewers: usize) -> Duration {
    let time = time_of_all(viewers);
    if time > SPREAD_BY_BROWSERS { time } else { Duration::ZERO }
}

fn time_of_all(viewers: usize) -> Duration {
    TIME_PER_VIEWER.saturating_mul(u32::try_from(viewers).unwrap_or(u32::MAX))
}

/// Returns a random number from 0 to 1.
fn random_share() -> f64 {
    let (_, random) = random_id().as_u64_pair();
    let low = u32::try_from(random & u64::from(u32::MAX)).unwrap_or_default();
    f64::from(low) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_and_spread_grow_with_the_viewers() {
        assert_eq!([1, 66, 100, 1000].map(|n| pause(n).as_millis()), [1000, 1000, 1500, 15_000]);
        assert_eq!([1, 13, 14, 100, 1000].map(|n| spread(n).as_millis()), [0, 0, 210, 1500, 15_000]);
    }

    #[test]
    fn shares_are_between_zero_and_one_and_differ() {
        let shares: Vec<_> = (0..100).map(|_| random_share()).collect();
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
        assert!(shares.iter().any(|share| *share < 0.5) && shares.iter().any(|share| *share > 0.5));
    }
}
