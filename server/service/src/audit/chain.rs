//! The state of an account's chain of seals: one row, which the sealer and the retention lock.

use domain::{AccountId, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement, Value,
};
use uuid::Uuid;

use super::digest::{self, SEALED_BYTES};
use crate::secrets::Keyring;
use crate::store::WriteTxn;
use crate::store::entity::{audit_chains, audit_seals};
use crate::{Error, Result};

/// Seals that one transaction reads and deletes at most. Each has up to 48 kB.
const SEALS_PER_TXN: usize = 50;

/// The chain of an account without a sealed entry.
fn empty(keys: &Keyring, account: AccountId, now: Timestamp) -> audit_chains::Model {
    let mut row = audit_chains::Model {
        account_id: account.0,
        first_position: 1,
        position: 0,
        digest: vec![0; 32],
        last_entry_id: Uuid::nil(),
        pruned_before: Uuid::nil(),
        began_at: now.millis(),
        row_digest: Vec::new(),
    };
    row.row_digest = digest::chain(keys, &row).to_vec();
    row
}

/// Loads the chain of an account and locks it until the transaction ends. Begins it if there is none.
///
/// # Errors
/// Returns [`Error::BrokenChain`] if the row does not match its digest, or an error of the database. Nothing may then be
/// added, because a new digest would hide the change.
pub(super) async fn lock(txn: &WriteTxn, keys: &Keyring, account: AccountId) -> Result<audit_chains::Model> {
    let new = empty(keys, account, txn.now());
    let values: [Value; 8] = [
        new.account_id.into(),
        new.first_position.into(),
        new.position.into(),
        new.digest.into(),
        new.last_entry_id.into(),
        new.pruned_before.into(),
        new.began_at.into(),
        new.row_digest.into(),
    ];
    let sql = "INSERT INTO audit_chains (account_id, first_position, position, digest, last_entry_id, \
               pruned_before, began_at, row_digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
               ON CONFLICT (account_id) DO NOTHING";
    let backend = txn.conn().get_database_backend();
    txn.conn().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let mut find = audit_chains::Entity::find_by_id(account.0);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let row = find.one(txn.conn()).await?.ok_or(Error::NotFound)?;
    if !is_genuine(keys, &row) {
        return Err(Error::BrokenChain(account));
    }
    Ok(row)
}

/// Returns whether the state of a chain matches its digest.
pub(super) fn is_genuine(keys: &Keyring, row: &audit_chains::Model) -> bool {
    row.row_digest == digest::chain(keys, row)
}

/// Stores a locked chain under a new digest.
pub(super) async fn store(txn: &WriteTxn, keys: &Keyring, mut row: audit_chains::Model) -> Result<()> {
    row.row_digest = digest::chain(keys, &row).to_vec();
    row.into_active_model().reset_all().update(txn.conn()).await?;
    Ok(())
}

/// Allows entries before an id to be missing, because their retention has ended. Deletes the seals that have
/// no other entries. Returns whether more seals may be left.
///
/// # Errors
/// Same as [`lock`].
pub(super) async fn prune(txn: &WriteTxn, keys: &Keyring, account: AccountId, before: Uuid) -> Result<bool> {
    let mut chain = lock(txn, keys, account).await?;
    let seals = audit_seals::Entity::find()
        .filter(audit_seals::Column::AccountId.eq(account.0))
        .filter(audit_seals::Column::Position.gte(chain.first_position))
        .order_by_asc(audit_seals::Column::Position)
        .limit(SEALS_PER_TXN as u64)
        .all(txn.conn())
        .await?;
    // Only genuine seals without a gap, because a verification must find the others.
    let (mut first, mut deleted) = (chain.first_position, 0);
    for seal in &seals {
        let is_genuine = seal.row_digest == digest::seal(keys, seal);
        if !is_genuine || seal.last_entry_id >= before || seal.position != first {
            break;
        }
        first += i64::try_from(seal.entries.len() / SEALED_BYTES).unwrap_or(0);
        deleted += 1;
    }
    if chain.pruned_before >= before && deleted == 0 {
        return Ok(false);
    }
    audit_seals::Entity::delete_many()
        .filter(audit_seals::Column::AccountId.eq(account.0))
        .filter(audit_seals::Column::Position.lt(first))
        .exec(txn.conn())
        .await?;
    chain.pruned_before = chain.pruned_before.max(before);
    chain.first_position = first;
    store(txn, keys, chain).await?;
    Ok(deleted == SEALS_PER_TXN)
}

/// Removes the chain and the seals of an account. For demo data, whose entries lie in the past.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn restart(txn: &WriteTxn, account: AccountId) -> Result<()> {
    audit_seals::Entity::delete_many()
        .filter(audit_seals::Column::AccountId.eq(account.0))
        .exec(txn.conn())
        .await?;
    audit_chains::Entity::delete_by_id(account.0).exec(txn.conn()).await?;
    Ok(())
}
