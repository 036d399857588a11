//! Marks unused licenses for the list indexes, in one round a day.

use std::time::Duration;

use service::{BackgroundJob, Service, license};
use tokio::time::{Instant, sleep};

use super::leader::is_leader;

/// Interval between two rounds. A round reads all licenses.
const ROUND_INTERVAL: Duration = Duration::from_hours(24);
/// Interval of the check whether a round is due on this node, and delay after an error.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_mins(10);
/// Pause between two batches of 500 licenses, in which other writes proceed. A million licenses take about
/// 20 min.
const BATCH_PAUSE: Duration = Duration::from_millis(500);

/// Runs the rounds. After a restart, and on another node, a new round begins: it writes only wrong marks, so
/// that its position need not be stored.
pub async fn run(service: Service) {
    let (mut position, mut ended) = (None, None::<Instant>);
    loop {
        let mut pause = CHECK_INTERVAL;
        let is_due = ended.is_none_or(|at| at.elapsed() >= ROUND_INTERVAL);
        if is_due && is_leader(&service, BackgroundJob::UnusedMarks).await {
            match license::mark_unused(&service, position).await {
                Ok(None) => {
                    service.record_success(BackgroundJob::UnusedMarks);
                    (position, ended) = (None, Some(Instant::now()));
                }
                Ok(next) => (position, pause) = (next, BATCH_PAUSE),
                Err(error) => {
                    tracing::warn!(%error, "unused licenses not marked; retried in 10 min");
                }
            }
        }
        sleep(pause).await;
    }
}
