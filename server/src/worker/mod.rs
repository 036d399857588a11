//! What goes on in the background.

use std::time::Duration;

use service::{Service, changes, session};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// How often verifications are folded into the database.
const FOLD: Duration = Duration::from_secs(1);
/// How often sessions that ended are deleted.
const SWEEP: Duration = Duration::from_mins(10);

/// The background tasks; they end when this is dropped.
pub struct Workers(Vec<JoinHandle<()>>);

impl Workers {
    /// Starts them.
    #[must_use]
    pub fn start(service: &Service) -> Self {
        Self(vec![
            tokio::spawn(changes::follow(service.clone())),
            tokio::spawn(fold(service.clone())),
            tokio::spawn(sweep(service.clone())),
        ])
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &self.0 {
            worker.abort();
        }
    }
}

async fn fold(service: Service) {
    let mut tick = interval(FOLD);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tick.tick().await;
        match service.fold_tally().await {
            Ok(()) => failing = false,
            // Said once, not every second: nothing is lost, it is tried again.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "verifications could not be written down; they stay counted in memory");
            }
            Err(_) => {}
        }
    }
}

async fn sweep(service: Service) {
    loop {
        sleep(SWEEP).await;
        if let Err(error) = session::sweep(&service).await {
            tracing::warn!(%error, "ended sessions could not be deleted");
        }
    }
}
