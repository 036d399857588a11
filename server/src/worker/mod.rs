//! What goes on in the background.

use std::time::Duration;

use service::{Service, changes, machine, session, signing};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How often verifications are folded into the database, where that is quick.
const FOLD: Duration = Duration::from_secs(1);
/// How often products without a signing key are looked for.
const KEYS: Duration = Duration::from_secs(2);
/// How often leases that ended are looked for.
const LEASES: Duration = Duration::from_secs(5);
/// How often sessions that ended are deleted.
const SWEEP: Duration = Duration::from_mins(10);

/// The background tasks.
pub struct Workers {
    stop: watch::Sender<bool>,
    fold: JoinHandle<()>,
    others: [JoinHandle<()>; 4],
}

impl Workers {
    /// Starts them.
    #[must_use]
    pub fn start(service: &Service) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self {
            stop,
            fold: tokio::spawn(fold(service.clone(), stopped)),
            others: [
                tokio::spawn(changes::follow(service.clone())),
                tokio::spawn(sweep(service.clone())),
                tokio::spawn(make_keys(service.clone())),
                tokio::spawn(free_leases(service.clone())),
            ],
        }
    }

    /// Ends them. A fold that is under way is finished, and what was counted
    /// since is folded once more.
    pub async fn stop(self) {
        self.others.iter().for_each(JoinHandle::abort);
        let _ = self.stop.send(true);
        let _ = self.fold.await;
    }
}

async fn fold(service: Service, mut stopped: watch::Receiver<bool>) {
    let (mut failing, mut pause) = (false, FOLD);
    loop {
        let last = tokio::select! {
            () = sleep(pause) => false,
            _ = stopped.changed() => true,
        };
        let began = Instant::now();
        match service.fold_tally().await {
            Ok(()) => failing = false,
            // Said once, not every second: nothing is lost, it is tried again.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "verifications could not be written down; they stay counted in memory");
            }
            Err(_) => {}
        }
        // A tenth of the time at most: what is verified often is counted the cheaper,
        // the longer it gathers.
        pause = FOLD.max(began.elapsed() * 9);
        if last {
            return;
        }
    }
}

/// Makes the signing keys of new products, so that no first token waits for one.
async fn make_keys(service: Service) {
    loop {
        if let Err(error) = signing::make_missing(&service).await {
            tracing::warn!(%error, "signing keys could not be made");
        }
        sleep(KEYS).await;
    }
}

/// Frees the seats of machines that fell silent. An activation that needs one
/// does not wait for this: it looks by itself.
async fn free_leases(service: Service) {
    loop {
        sleep(LEASES).await;
        if let Err(error) = machine::sweep_leases(&service).await {
            tracing::warn!(%error, "ended leases could not be freed");
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
