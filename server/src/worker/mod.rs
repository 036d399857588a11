//! Background workers: usage flush, signing keys, machine leases, list marks, bulk jobs, audit seals, mail,
//! webhooks, events of shops, retention.

mod audit_seals;
mod backup;
mod customer_mail;
mod leader;
mod mail;
mod nodes;
mod unused_marks;
mod usage_flush;
mod webhooks;

use std::future::Future;
use std::time::Duration;

use service::{
    BackgroundJob, RetentionPolicy, Service, access, bulk_job, cache_invalidation, form_token, key_rotation,
    license, license_import, machine, node, partition, product, purchase, search, session, signing,
    supervise,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::config::BackupSchedule;
use leader::{is_leader, lead};
pub use nodes::write_heartbeat;

/// Interval of the search for products without a signing key.
const KEY_INTERVAL: Duration = Duration::from_secs(2);
/// Interval of the search for expired machine leases.
const LEASE_INTERVAL: Duration = Duration::from_secs(5);
/// Interval of the search for customers whose search terms are not folded.
const FOLD_INTERVAL: Duration = Duration::from_secs(10);
/// Pause after a batch of folded search terms, in which other writes proceed.
const FOLD_PAUSE: Duration = Duration::from_millis(100);
/// Interval of the search for bulk jobs that another node has started.
const BULK_JOB_INTERVAL: Duration = Duration::from_secs(1);
/// Interval of expiry marks. Lists of active licenses skip the licenses that expire within it.
const EXPIRY_MARK_INTERVAL: Duration = Duration::from_mins(1);
/// Interval of the search for events of shops whose seller was reinstated.
const DEFERRED_EVENT_INTERVAL: Duration = Duration::from_secs(30);
/// Interval of writing when tokens were last used and customers last seen.
const LAST_USE_INTERVAL: Duration = Duration::from_secs(5);
/// Maximum time of the final write of last uses at shutdown.
const FINAL_LAST_USE_TIMEOUT: Duration = Duration::from_secs(2);
/// Interval of the deletion of expired sessions and of rows beyond their retention.
const CLEANUP_INTERVAL: Duration = Duration::from_mins(10);

/// The background tasks of a node.
pub struct Workers {
    service: Service,
    stop: watch::Sender<bool>,
    usage_flush: JoinHandle<()>,
    last_uses: JoinHandle<()>,
    webhooks: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts the tasks.
    #[must_use]
    pub fn start(service: &Service, retention: RetentionPolicy, backups: Option<BackupSchedule>) -> Self {
        let backups = backups.map(|schedule| {
            supervised("backup", service, move |service| backup::run(service, schedule.clone()))
        });
        let (stop, stopped) = watch::channel(false);
        let (webhooks_stopped, last_uses_stopped) = (stopped.clone(), stopped.clone());
        Self {
            service: service.clone(),
            stop,
            usage_flush: supervised("usage flush", service, move |service| {
                usage_flush::run(service, stopped.clone())
            }),
            last_uses: supervised("token uses", service, move |service| {
                flush_last_uses(service, last_uses_stopped.clone())
            }),
            webhooks: supervised("webhooks", service, move |service| {
                webhooks::deliver(service, webhooks_stopped.clone())
            }),
            tasks: [
                supervised("cache invalidation", service, cache_invalidation::listen),
                supervised("clean up", service, move |service| clean_up(service, retention)),
                supervised("generate keys", service, generate_keys),
                supervised("recount slots", service, recount_slots),
                supervised("fold terms", service, fold_terms),
                supervised("expire leases", service, expire_leases),
                supervised("mark expired", service, mark_expired),
                supervised("mark unused", service, unused_marks::run),
                supervised("bulk jobs", service, run_bulk_jobs),
                supervised("audit seals", service, audit_seals::run),
                supervised("mail", service, mail::run),
                supervised("customer mail", service, customer_mail::run),
                supervised("expiry events", service, webhooks::write_expiry_events),
                supervised("deferred shop events", service, apply_deferred_events),
                supervised("key rotation", service, watch_key_rotation),
                supervised("node heartbeat", service, nodes::run),
            ]
            .into_iter()
            .chain(backups)
            .collect(),
        }
    }

    /// Stops the tasks. Finishes a flush in progress and flushes the remaining counts, and stores the outcomes of
    /// deliveries to webhooks.
    pub async fn stop(self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        let _ = self.stop.send(true);
        let _ = tokio::join!(self.usage_flush, self.webhooks, stop_last_uses(self.last_uses));
        if let Err(error) = self.service.release_all().await {
            tracing::warn!(%error, "background job leases not released; other nodes wait until the leases expire");
        }
        if let Err(error) = node::remove(&self.service).await {
            tracing::debug!(%error, "the row of this node is not deleted; another node does it within a day");
        }
    }
}

/// Spawns a task that is started again after a panic.
fn supervised<F>(
    name: &'static str,
    service: &Service,
    task: impl Fn(Service) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let service = service.clone();
    supervise(name, move || task(service.clone()))
}

/// Takes up a rotation of the master key that another process began or ended. Every node does.
async fn watch_key_rotation(service: Service) {
    loop {
        if let Err(error) = key_rotation::refresh(&service).await {
            tracing::debug!(%error, "rotation of the master key not looked up");
        }
        sleep(key_rotation::REFRESH_INTERVAL).await;
    }
}

/// Generates the signing keys of new products, so that the first token does not wait for its key.
async fn generate_keys(service: Service) {
    loop {
        let round = || signing::generate_missing_keys(&service);
        if let Some(Err(error)) = lead(&service, BackgroundJob::SigningKeys, round).await {
            tracing::warn!(%error, "signing key generation failed; retried in 2 s");
        }
        sleep(KEY_INTERVAL).await;
    }
}

/// Recounts the slots of products whose development hosts changed.
async fn recount_slots(service: Service) {
    loop {
        let round = || product::recount_pending_slots(&service);
        if let Some(Err(error)) = lead(&service, BackgroundJob::SlotRecount, round).await {
            tracing::warn!(%error, "slots not recounted; retried in 2 s");
        }
        sleep(KEY_INTERVAL).await;
    }
}

/// Folds the search terms of customers that the version before wrote, 1,000 at a time.
async fn fold_terms(service: Service) {
    loop {
        let mut folded = 0;
        let round = || search::fold_pending_terms(&service);
        match lead(&service, BackgroundJob::TermFolding, round).await {
            Some(Ok(customers)) => folded = customers,
            Some(Err(error)) => {
                tracing::warn!(%error, "search terms not folded; retried in 10 s");
            }
            None => {}
        }
        sleep(if folded > 0 { FOLD_PAUSE } else { FOLD_INTERVAL }).await;
    }
}

/// Expires machine leases. An activation that needs a slot expires leases by itself.
async fn expire_leases(service: Service) {
    loop {
        sleep(LEASE_INTERVAL).await;
        let round = || machine::expire_leases(&service);
        if let Some(Err(error)) = lead(&service, BackgroundJob::MachineLeases, round).await {
            tracing::warn!(%error, "expired machine leases not released; retried in 5 s");
        }
    }
}

/// Marks expired licenses for the list indexes.
async fn mark_expired(service: Service) {
    loop {
        let round = || license::mark_expired(&service);
        if let Some(Err(error)) = lead(&service, BackgroundJob::ExpiryMarks, round).await {
            tracing::warn!(%error, "expired licenses not marked; lists of active licenses may be slow");
        }
        sleep(EXPIRY_MARK_INTERVAL).await;
    }
}

/// Runs bulk jobs and imports: at once if this node has started one, else within a second.
async fn run_bulk_jobs(service: Service) {
    loop {
        let mut is_left = false;
        if is_leader(&service, BackgroundJob::BulkJobs).await {
            let mut has_failed = false;
            match bulk_job::run_pending(&service).await {
                Ok(left) => is_left = left,
                Err(error) => {
                    has_failed = true;
                    tracing::warn!(%error, "bulk jobs are paused; retried in 1 s");
                }
            }
            match license_import::run_pending(&service).await {
                Ok(left) => is_left |= left,
                Err(error) => {
                    has_failed = true;
                    tracing::warn!(%error, "imports are paused; retried in 1 s");
                }
            }
            if !has_failed {
                service.record_success(BackgroundJob::BulkJobs);
            }
        }
        if !is_left {
            let _ = timeout(BULK_JOB_INTERVAL, bulk_job::wait_for_start(&service)).await;
        }
    }
}

/// Applies the events of shops that came while the operator had suspended their seller.
async fn apply_deferred_events(service: Service) {
    loop {
        let round = || purchase::apply_deferred(&service);
        match lead(&service, BackgroundJob::DeferredShopEvents, round).await {
            Some(Ok(0)) | None => {}
            Some(Ok(events)) => tracing::info!(events, "events of shops of reinstated sellers applied"),
            Some(Err(error)) => {
                tracing::warn!(%error, "events of shops of reinstated sellers not applied; retried in 30 s");
            }
        }
        sleep(DEFERRED_EVENT_INTERVAL).await;
    }
}

/// Writes when tokens were last used and customers last seen, until `stopped` changes; then writes the rest.
async fn flush_last_uses(service: Service, mut stopped: watch::Receiver<bool>) {
    let mut is_last = false;
    while !is_last {
        // A change during a flush is found by the next round at once.
        is_last = timeout(LAST_USE_INTERVAL, stopped.changed()).await.is_ok();
        match access::flush_last_uses(&service).await {
            Ok(()) => {}
            Err(error) if is_last => tracing::debug!(%error, "last uses of tokens not written"),
            Err(error) => tracing::warn!(%error, "last uses of tokens not written; retried in 5 s"),
        }
    }
}

/// Waits for the last flush of last uses, but not for long: they are not worth a slow shutdown.
async fn stop_last_uses(mut task: JoinHandle<()>) {
    if timeout(FINAL_LAST_USE_TIMEOUT, &mut task).await.is_err() {
        task.abort();
        tracing::debug!("last uses of tokens not written within {FINAL_LAST_USE_TIMEOUT:?}");
    }
}

async fn clean_up(service: Service, retention: RetentionPolicy) {
    loop {
        sleep(CLEANUP_INTERVAL).await;
        if is_leader(&service, BackgroundJob::Sweep).await {
            // Whether one of both failed or not, the other is due.
            let is_made = make_partitions(&service).await;
            if delete_old_rows(&service, retention).await && is_made {
                service.record_success(BackgroundJob::Sweep);
            }
        }
    }
}

/// Makes the partitions of the next months, on PostgreSQL. Returns whether that succeeded.
async fn make_partitions(service: &Service) -> bool {
    match partition::make_ahead(service).await {
        Ok(0) => {}
        Ok(partitions) => tracing::info!(partitions, "partitions of the next months made"),
        Err(error) => {
            tracing::warn!(%error, "partitions of the next months not made; retried in 10 min");
            return false;
        }
    }
    true
}

/// Deletes expired sessions and rows beyond their retention. Returns whether all of it succeeded.
async fn delete_old_rows(service: &Service, retention: RetentionPolicy) -> bool {
    let mut has_failed = false;
    if let Err(error) = session::delete_expired(service).await {
        has_failed = true;
        tracing::warn!(%error, "expired sessions not deleted; retried in 10 min");
    }
    if let Err(error) = form_token::delete_expired(service).await {
        has_failed = true;
        tracing::warn!(%error, "used form tokens not deleted; retried in 10 min");
    }
    if let Err(error) = bulk_job::prune_items(service).await {
        has_failed = true;
        tracing::warn!(%error, "items of old bulk jobs not deleted; retried in 10 min");
    }
    if let Err(error) = license_import::prune(service).await {
        has_failed = true;
        tracing::warn!(%error, "rows of ended imports not deleted; retried in 10 min");
    }
    match service::prune(service, retention).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "retention: old events and audit entries deleted"),
        Err(error) => {
            has_failed = true;
            tracing::warn!(%error, "retention: old events and audit entries not deleted; retried in 10 min");
        }
    }
    !has_failed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the longest pause of a worker in which it does not renew its lease.
    fn longest_pause(job: BackgroundJob) -> Duration {
        match job {
            BackgroundJob::SigningKeys | BackgroundJob::SlotRecount => KEY_INTERVAL,
            BackgroundJob::MachineLeases => LEASE_INTERVAL,
            BackgroundJob::ExpiryMarks => EXPIRY_MARK_INTERVAL,
            BackgroundJob::UnusedMarks => unused_marks::CHECK_INTERVAL,
            BackgroundJob::Sweep => CLEANUP_INTERVAL,
            BackgroundJob::Backup => backup::RETRY_DELAY + backup::CHECK_INTERVAL,
            BackgroundJob::TermFolding => FOLD_INTERVAL,
            BackgroundJob::BulkJobs => BULK_JOB_INTERVAL,
            BackgroundJob::AuditSeals => audit_seals::RETRY_DELAY,
            BackgroundJob::Mail => mail::RETRY_DELAY,
            BackgroundJob::CustomerMail => customer_mail::INTERVAL,
            BackgroundJob::ExpiryEvents => webhooks::EXPIRY_INTERVAL,
            BackgroundJob::DeferredShopEvents => DEFERRED_EVENT_INTERVAL,
        }
    }

    #[test]
    fn lease_lasts_three_pauses_of_its_worker() {
        for job in BackgroundJob::all() {
            let (lease, pause) = (i128::from(job.lease_ms()), longest_pause(job).as_millis().cast_signed());
            assert!(lease >= 3 * pause, "{job:?}: a lease of {lease} ms, and a pause of {pause} ms");
        }
    }
}
