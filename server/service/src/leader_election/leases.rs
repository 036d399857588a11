//! Background jobs and the leader leases that this node holds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
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

    /// Duration of the leader lease in milliseconds. It exceeds the interval of the job; after
    /// a node has died, the job pauses for at most this time.
    pub(super) fn lease_ms(self) -> i64 {
        match self {
            Self::SigningKeys
            | Self::MachineLeases
            | Self::SlotRecount
            | Self::TermFolding
            | Self::BulkJobs
            | Self::AuditSeals
            | Self::Mail
            | Self::CustomerMail => 30_000,
            Self::ExpiryMarks | Self::ExpiryEvents | Self::DeferredShopEvents => 3 * 60_000,
            Self::UnusedMarks | Self::Sweep | Self::Backup => 30 * 60_000,
        }
    }
}

/// The leader leases that this node holds, with their expiry.
pub(crate) struct Leases {
    pub(crate) node: Uuid,
    pub(super) held: Mutex<HashMap<BackgroundJob, i64>>,
    succeeded: Mutex<HashMap<BackgroundJob, Timestamp>>,
}

impl Leases {
    /// Creates the state of a node that holds no lease.
    pub fn new(node: Uuid) -> Self {
        Self { node, held: Mutex::default(), succeeded: Mutex::default() }
    }

    pub(super) fn expiry(&self, job: BackgroundJob) -> i64 {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&job).copied().unwrap_or(0)
    }

    /// Records that a round of a job succeeded.
    pub(super) fn succeed(&self, job: BackgroundJob, at: Timestamp) {
        self.succeeded.lock().unwrap_or_else(PoisonError::into_inner).insert(job, at);
    }

    /// Returns when a round of a job succeeded last in this process.
    pub(super) fn last_success(&self, job: BackgroundJob) -> Option<Timestamp> {
        self.succeeded.lock().unwrap_or_else(PoisonError::into_inner).get(&job).copied()
    }

    pub(super) fn hold(&self, job: BackgroundJob, until: i64) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(job, until);
    }
}
