//! Acquiring and releasing leader leases.

use std::sync::PoisonError;

use domain::Timestamp;
use sea_orm::{ConnectionTrait as _, Statement};
use strum::VariantArray as _;

use super::BackgroundJob;
use crate::{Result, Service};

/// The state of a background job in one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobUse {
    /// The name of the job.
    pub name: &'static str,
    /// Since when this node leads the job; `None` if it does not. On SQLite the only node leads all jobs since its
    /// start. No node leads the jobs of mail without a mail server.
    pub leads_since: Option<Timestamp>,
    /// When a round succeeded last in this process.
    pub last_success: Option<Timestamp>,
}

impl JobUse {
    /// Returns whether this node leads the job.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.leads_since.is_some()
    }

    /// Returns since when a job may be without a success: the last one, or the beginning of the lead if that is later. A
    /// job that never succeeds would else have no time.
    #[must_use]
    pub fn waits_since(&self) -> Option<Timestamp> {
        self.leads_since.max(self.last_success)
    }
}

impl Service {
    /// Returns whether this node leads the job: it holds the lease, or acquires a free or expired
    /// lease. On SQLite one node always leads.
    ///
    /// # Errors
    /// Returns [`crate::Error`] if the database fails.
    pub async fn try_acquire(&self, job: BackgroundJob) -> Result<bool> {
        if self.store.is_sqlite() {
            return Ok(true);
        }
        let (leases, now) = (&self.leases, self.now().millis());
        // The lease is renewed when half of its duration is left. So rounds with pauses up to the whole lease keep it: of
        // several short ones, each falls into the second half once.
        if leases.expiry(job) - now > job.lease_ms() / 2 {
            return Ok(true);
        }
        let backend = self.store.backend();
        // A plain read first, so that nodes that do not lead write nothing.
        let held_elsewhere = Statement::from_sql_and_values(
            backend,
            "SELECT 1 AS one FROM background_leases WHERE job = $1 AND node_id <> $2 AND expires_at > $3",
            [job.as_str().into(), leases.node.into(), now.into()],
        );
        if self.store.read().query_one_raw(held_elsewhere).await?.is_some() {
            return Ok(false);
        }
        let until = now + job.lease_ms();
        let acquire = Statement::from_sql_and_values(
            backend,
            "INSERT INTO background_leases (job, node_id, expires_at) VALUES ($1, $2, $3) \
             ON CONFLICT (job) DO UPDATE SET node_id = excluded.node_id, expires_at = excluded.expires_at \
             WHERE background_leases.node_id = excluded.node_id OR background_leases.expires_at <= $4",
            [job.as_str().into(), leases.node.into(), until.into(), now.into()],
        );
        let txn = self.begin_write().await?;
        let acquired = txn.conn().execute_raw(acquire).await?.rows_affected() == 1;
        txn.commit().await?;
        if acquired {
            leases.hold(job, now, until);
        }
        Ok(acquired)
    }

    /// Records that a round of a job succeeded, for the metrics.
    pub fn record_success(&self, job: BackgroundJob) {
        self.leases.succeed(job, self.now());
    }

    /// Returns the state of every job in this process.
    pub(crate) fn jobs(&self) -> Vec<JobUse> {
        let job = |job: &BackgroundJob| JobUse {
            name: (*job).into(),
            leads_since: self.leads_since(*job),
            last_success: self.leases.last_success(*job),
        };
        BackgroundJob::VARIANTS.iter().map(job).collect()
    }

    fn leads_since(&self, job: BackgroundJob) -> Option<Timestamp> {
        if job.needs_mail() && !self.sends_mail() {
            return None;
        }
        if self.store.is_sqlite() {
            return Some(self.started_at);
        }
        self.leases.held_since(job, self.now().millis()).map(Timestamp::from_millis)
    }

    /// Releases all leases of this node, so that other nodes can acquire them immediately.
    ///
    /// # Errors
    /// Returns [`crate::Error`] if the database fails.
    pub async fn release_all(&self) -> Result<()> {
        let held = std::mem::take(&mut *self.leases.held.lock().unwrap_or_else(PoisonError::into_inner));
        if held.is_empty() {
            return Ok(());
        }
        let txn = self.begin_write().await?;
        let release = Statement::from_sql_and_values(
            self.store.backend(),
            "DELETE FROM background_leases WHERE node_id = $1",
            [self.leases.node.into()],
        );
        txn.conn().execute_raw(release).await?;
        txn.commit().await
    }
}
