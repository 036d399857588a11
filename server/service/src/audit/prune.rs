//! Retention of seals.

use domain::AccountId;
use uuid::Uuid;

use super::chain;
use crate::{Result, Service};

/// Records that entries of an account before an id may be missing, and deletes the seals that have no others.
/// Must run before the entries are deleted.
///
/// # Errors
/// Returns an error if the chain does not match its digest, or the database fails.
pub(crate) async fn prune_seals(service: &Service, account: AccountId, before: Uuid) -> Result<()> {
    loop {
        let txn = service.begin_write().await?;
        let is_left = chain::prune(&txn, &service.keys, account, before).await?;
        txn.commit().await?;
        if !is_left {
            return Ok(());
        }
    }
}
