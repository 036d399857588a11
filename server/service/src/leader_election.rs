//! Background work that one node at a time should do, by a lease in the database.
//!
//! It saves work, and nothing rests on it: clocks differ and a node may fall
//! asleep with a lease in its hand, so that all such work is safe to be done twice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sea_orm::{ConnectionTrait as _, Statement};
use uuid::Uuid;

use crate::{Result, Service};

/// Work for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BackgroundJob {
    /// Making the signing keys of new products.
    SigningKeys,
    /// Freeing the seats of machines that fell silent.
    MachineLeases,
    /// Marking licenses whose time is up.
    ExpiryMarks,
    /// Deleting what is too old to keep.
    Sweep,
}

impl BackgroundJob {
    fn as_str(self) -> &'static str {
        match self {
            Self::SigningKeys => "signing_keys",
            Self::MachineLeases => "machine_leases",
            Self::ExpiryMarks => "lapses",
            Self::Sweep => "sweep",
        }
    }

    /// How long a lease lasts, in milliseconds: longer than from one time to the
    /// next, and for so long a node that died is missed.
    fn lease_ms(self) -> i64 {
        match self {
            Self::SigningKeys | Self::MachineLeases => 30_000,
            Self::ExpiryMarks => 3 * 60_000,
            Self::Sweep => 30 * 60_000,
        }
    }
}

/// The leases this node holds, by the time they expire.
pub(crate) struct Leases {
    node: Uuid,
    held: Mutex<HashMap<BackgroundJob, i64>>,
}

impl Leases {
    /// None yet.
    pub fn new(node: Uuid) -> Self {
        Self { node, held: Mutex::default() }
    }

    fn expiry(&self, job: BackgroundJob) -> i64 {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&job).copied().unwrap_or(0)
    }

    fn hold(&self, job: BackgroundJob, until: i64) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(job, until);
    }
}

impl Service {
    /// Whether this node is to do a job now: it holds the lease, or takes one that
    /// is free or has expired. On SQLite there is one node, and no lease.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn try_acquire(&self, job: BackgroundJob) -> Result<bool> {
        if self.store.is_sqlite() {
            return Ok(true);
        }
        let (leases, now) = (&self.leases, self.now().millis());
        // It is renewed when a third of it is left.
        if leases.expiry(job) - now > job.lease_ms() / 3 {
            return Ok(true);
        }
        let backend = self.store.backend();
        // A look first: those who do not lead write nothing.
        let taken = Statement::from_sql_and_values(
            backend,
            "SELECT 1 AS one FROM background_leases WHERE job = $1 AND node_id <> $2 AND expires_at > $3",
            [job.as_str().into(), leases.node.into(), now.into()],
        );
        if self.store.read().query_one_raw(taken).await?.is_some() {
            return Ok(false);
        }
        let until = now + job.lease_ms();
        let take = Statement::from_sql_and_values(
            backend,
            "INSERT INTO background_leases (job, node_id, expires_at) VALUES ($1, $2, $3) \
             ON CONFLICT (job) DO UPDATE SET node_id = excluded.node_id, expires_at = excluded.expires_at \
             WHERE background_leases.node_id = excluded.node_id OR background_leases.expires_at <= $4",
            [job.as_str().into(), leases.node.into(), until.into(), now.into()],
        );
        let txn = self.begin_write().await?;
        let took = txn.conn().execute_raw(take).await?.rows_affected() == 1;
        txn.commit().await?;
        if took {
            leases.hold(job, until);
        }
        Ok(took)
    }

    /// Gives up the leases of this node, so that others need not wait for them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn release_all(&self) -> Result<()> {
        let held = std::mem::take(&mut *self.leases.held.lock().unwrap_or_else(PoisonError::into_inner));
        if held.is_empty() {
            return Ok(());
        }
        let txn = self.begin_write().await?;
        let free = Statement::from_sql_and_values(
            self.store.backend(),
            "DELETE FROM background_leases WHERE node_id = $1",
            [self.leases.node.into()],
        );
        txn.conn().execute_raw(free).await?;
        txn.commit().await
    }
}
