//! Background jobs and the leader leases that this node holds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use strum::VariantArray as _;
use uuid::Uuid;

/// A background job that one node runs at a time. Metrics name it by its variant in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum BackgroundJob {
    /// Generates the signing keys of new products.
    SigningKeys,
    /// Expires the leases of machines that stopped syncing.
    MachineLeases,
    /// Marks expired licenses for the list indexes.
    ExpiryMarks,
    /// Marks unused licenses for the list indexes.
    UnusedMarks,
    /// Deletes rows beyond their retention.
    Sweep,
    /// Writes scheduled backups.
    Backup,
    /// Recounts slots after development hosts changed.
    SlotRecount,
    /// Folds search terms that the version before wrote.
    TermFolding,
    /// Runs the bulk jobs of sellers.
    BulkJobs,
    /// Seals audit entries.
    AuditSeals,
    /// Sends mails.
    Mail,
    /// Queues reminders and notices for customers.
    CustomerMail,
    /// Writes events of expiries for webhooks.
    ExpiryEvents,
    /// Applies events of shops that came while their seller was suspended.
    DeferredShopEvents,
}

impl BackgroundJob {
    /// Returns all jobs.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::VARIANTS.iter().copied()
    }

    /// Returns the stored name of the job.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::SigningKeys => "signing_keys",
            Self::MachineLeases => "machine_leases",
            Self::ExpiryMarks => "lapses",
            Self::UnusedMarks => "unused_marks",
            Self::Sweep => "sweep",
            Self::Backup => "backup",
            Self::SlotRecount => "slot_recount",
            Self::TermFolding => "term_folding",
            Self::BulkJobs => "bulk_jobs",
            Self::AuditSeals => "audit_seals",
            Self::Mail => "mail",
            Self::CustomerMail => "customer_mail",
            Self::ExpiryEvents => "expiry_events",
            Self::DeferredShopEvents => "deferred_shop_events",
        }
    }

    /// Returns whether the job runs only with a mail server.
    pub(super) fn needs_mail(self) -> bool {
        matches!(self, Self::Mail | Self::CustomerMail)
    }

    /// Duration of the leader lease in milliseconds. After a node has died, the job pauses for at most this time.
    ///
    /// It is at least three times the pause between two rounds, also after an error. A lease that ends in a pause
    /// begins anew with each round. The metrics then take each beginning for a success, and no alert tells that the job
    /// has stopped.
    #[must_use]
    pub fn lease_ms(self) -> i64 {
        match self {
            Self::SigningKeys
            | Self::MachineLeases
            | Self::SlotRecount
            | Self::TermFolding
            | Self::BulkJobs
            | Self::CustomerMail => 30_000,
            Self::Mail => 90_000,
            Self::AuditSeals | Self::ExpiryMarks | Self::ExpiryEvents | Self::DeferredShopEvents => {
                3 * 60_000
            }
            Self::UnusedMarks | Self::Sweep | Self::Backup => 30 * 60_000,
        }
    }
}

/// A leader lease that this node holds. Times are in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Lease {
    /// When the node acquired it, without a gap since.
    since: i64,
    until: i64,
}

/// The leader leases that this node holds.
pub(crate) struct Leases {
    pub(crate) node: Uuid,
    pub(super) held: Mutex<HashMap<BackgroundJob, Lease>>,
    succeeded: Mutex<HashMap<BackgroundJob, Timestamp>>,
}

impl Leases {
    /// Creates the state of a node that holds no lease.
    pub fn new(node: Uuid) -> Self {
        Self { node, held: Mutex::default(), succeeded: Mutex::default() }
    }

    pub(super) fn expiry(&self, job: BackgroundJob) -> i64 {
        self.lease(job).map_or(0, |lease| lease.until)
    }

    /// Returns since when this node holds the lease of a job; `None` if it does not.
    pub(super) fn held_since(&self, job: BackgroundJob, now: i64) -> Option<i64> {
        self.lease(job).filter(|lease| lease.until > now).map(|lease| lease.since)
    }

    fn lease(&self, job: BackgroundJob) -> Option<Lease> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&job).copied()
    }

    /// Records that a round of a job succeeded.
    pub(super) fn succeed(&self, job: BackgroundJob, at: Timestamp) {
        self.succeeded.lock().unwrap_or_else(PoisonError::into_inner).insert(job, at);
    }

    /// Returns when a round of a job succeeded last in this process.
    pub(super) fn last_success(&self, job: BackgroundJob) -> Option<Timestamp> {
        self.succeeded.lock().unwrap_or_else(PoisonError::into_inner).get(&job).copied()
    }

    pub(super) fn hold(&self, job: BackgroundJob, now: i64, until: i64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let since = held.get(&job).filter(|lease| lease.until > now).map_or(now, |lease| lease.since);
        held.insert(job, Lease { since, until });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_those_of_the_documentation() {
        let text = include_str!("../../../../docs/operations.md");
        let (_, list) = text.split_once("\nBackground jobs are ").expect("the list");
        let (list, _) = list.split_once('.').expect("its end");
        // Names are between back-ticks.
        let documented: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        let jobs: Vec<&str> = BackgroundJob::all().map(Into::into).collect();
        assert_eq!(documented, jobs);
    }

    #[test]
    fn lead_begins_again_after_a_gap() {
        let leases = Leases::new(Uuid::nil());
        let job = BackgroundJob::Sweep;
        assert_eq!((leases.expiry(job), leases.held_since(job, 0)), (0, None));
        leases.hold(job, 100, 200);
        leases.hold(job, 150, 250);
        assert_eq!((leases.expiry(job), leases.held_since(job, 249)), (250, Some(100)));
        assert_eq!(leases.held_since(job, 250), None);
        leases.hold(job, 260, 360);
        assert_eq!(leases.held_since(job, 300), Some(260));
    }
}
