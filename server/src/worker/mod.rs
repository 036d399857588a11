//! What goes on in the background.

use std::time::Duration;

use service::{Job, Keep, Left, Service, changes, license, machine, session, signing};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// How often verifications are folded into the database, where that is quick.
const FOLD: Duration = Duration::from_secs(1);
/// How long a fold waits for the next, at most, however long it took or stood in line.
const PAUSE: Duration = Duration::from_secs(2);
/// How long the end waits for what is still to be written down.
const LAST_FOLD: Duration = Duration::from_secs(10);
/// How often products without a signing key are looked for.
const KEYS: Duration = Duration::from_secs(2);
/// How often leases that ended are looked for.
const LEASES: Duration = Duration::from_secs(5);
/// How often licenses whose time is up are marked: a list of those in force passes by as many
/// as expire meanwhile.
const LAPSES: Duration = Duration::from_mins(1);
/// How often sessions that ended, and what is too old to keep, are deleted.
const SWEEP: Duration = Duration::from_mins(10);

/// The background tasks.
pub struct Workers {
    service: Service,
    stop: watch::Sender<bool>,
    fold: JoinHandle<()>,
    others: [JoinHandle<()>; 5],
}

impl Workers {
    /// Starts them.
    #[must_use]
    pub fn start(service: &Service, keep: Keep) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self {
            service: service.clone(),
            stop,
            fold: tokio::spawn(fold(service.clone(), stopped)),
            others: [
                tokio::spawn(changes::follow(service.clone())),
                tokio::spawn(sweep(service.clone(), keep)),
                tokio::spawn(make_keys(service.clone())),
                tokio::spawn(free_leases(service.clone())),
                tokio::spawn(mark_lapsed(service.clone())),
            ],
        }
    }

    /// Ends them. A fold that is under way is finished, and what was counted
    /// since is folded once more.
    pub async fn stop(self) {
        self.others.iter().for_each(JoinHandle::abort);
        let _ = self.stop.send(true);
        let _ = self.fold.await;
        if let Err(error) = self.service.step_down().await {
            tracing::warn!(%error, "leases of background work could not be given up; they expire");
        }
    }
}

async fn fold(service: Service, mut stopped: watch::Receiver<bool>) {
    let (mut failing, mut pause, mut pressed) = (false, FOLD, false);
    loop {
        tokio::select! {
            () = sleep(pause) => {}
            _ = stopped.changed() => break,
        }
        let began = Instant::now();
        let left = service.fold_some().await;
        match &left {
            Ok(_) => failing = false,
            // Said once, not every second: nothing is lost, it is tried again.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "verifications could not be written down; they stay counted in memory");
            }
            Err(_) => {}
        }
        let left = left.unwrap_or(Left::Nothing);
        if left == Left::TooMuch && !pressed {
            tracing::warn!(
                "more licenses are verified than the cache holds and the database takes; a larger cache helps"
            );
        }
        pressed = left == Left::TooMuch;
        pause = match left {
            Left::Nothing => FOLD,
            // A fiftieth of the time at most: what is verified often is counted the
            // cheaper, the longer it gathers.
            Left::Some => (began.elapsed() * 49).min(PAUSE),
            Left::TooMuch => Duration::ZERO,
        };
    }
    match timeout(LAST_FOLD, service.fold_tally()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "verifications could not be written down, and are lost"),
        Err(_) => tracing::warn!("not all verifications could be written down in {LAST_FOLD:?}"),
    }
}

/// Makes the signing keys of new products, so that no first token waits for one.
async fn make_keys(service: Service) {
    loop {
        if leads(&service, Job::SigningKeys).await
            && let Err(error) = signing::make_missing(&service).await
        {
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
        if leads(&service, Job::MachineLeases).await
            && let Err(error) = machine::sweep_leases(&service).await
        {
            tracing::warn!(%error, "ended leases could not be freed");
        }
    }
}

/// Marks the licenses whose time is up, for the lists of the others.
async fn mark_lapsed(service: Service) {
    loop {
        if leads(&service, Job::Lapses).await
            && let Err(error) = license::mark_lapsed(&service).await
        {
            tracing::warn!(%error, "expired licenses could not be marked; lists of the others may be slow");
        }
        sleep(LAPSES).await;
    }
}

async fn sweep(service: Service, keep: Keep) {
    loop {
        sleep(SWEEP).await;
        if !leads(&service, Job::Sweep).await {
            continue;
        }
        if let Err(error) = session::sweep(&service).await {
            tracing::warn!(%error, "ended sessions could not be deleted");
        }
        match service::prune(&service, keep).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old events and audit entries were deleted"),
            Err(error) => tracing::warn!(%error, "old events and audit entries could not be deleted"),
        }
    }
}

/// Whether a job is this node's. Where that can't be found out, it is not: the
/// database is away, and the job would fail.
async fn leads(service: &Service, job: Job) -> bool {
    service.leads(job).await.unwrap_or(false)
}
