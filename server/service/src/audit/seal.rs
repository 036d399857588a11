//! Seals committed audit entries in the order of their ids, in batches. For a background worker.
//!
//! An entry is sealed [`SEAL_DELAY_SECONDS`] after its id was made. Until then a transaction that began earlier
//! may still commit, also on another node, whose clock may be behind. The transaction of the change itself
//! neither writes a mark nor locks a row for the seal.

use domain::AccountId;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _, FromQueryResult as _, Statement,
};
use uuid::Uuid;

use super::{chain, digest};
use crate::store::entity::{audit_entries, audit_seals};
use crate::{Result, Service, random};

/// Time in seconds between an entry and its seal. A transaction ends within 8 s, and the clocks of nodes
/// differ by less than the other 22 s.
pub const SEAL_DELAY_SECONDS: i64 = 30;

/// Entries in one seal. A batch takes about 10 ms, and its transaction one row of 48 kB.
const ENTRIES_PER_SEAL: u64 = 1000;
/// Accounts that one round seals entries of.
const ACCOUNTS_PER_ROUND: u64 = 100;

/// Seals one batch of each account that has entries to seal. Returns whether more are left. Safe to run twice
/// at once: the chain of an account is locked, and a batch of another node is not sealed again.
///
/// # Errors
/// Returns an error if the database fails, or if a chain does not match its digest; the other accounts are
/// sealed.
#[tracing::instrument(name = "audit.seal", level = "debug", skip_all, err(level = "debug"))]
pub async fn seal_batch(service: &Service) -> Result<bool> {
    let before = random::first_id_at(service.now().plus_seconds(-SEAL_DELAY_SECONDS));
    // A scalar subquery, so that PostgreSQL reads one entry of each account: for EXISTS it may read all.
    let sql = format!(
        "SELECT a.id, c.last_entry_id FROM accounts AS a LEFT JOIN audit_chains AS c ON c.account_id = a.id \
         WHERE (SELECT 1 FROM audit_entries AS e WHERE e.account_id = a.id \
         AND e.id > COALESCE(c.last_entry_id, $1) AND e.id < $2 LIMIT 1) IS NOT NULL \
         ORDER BY a.id LIMIT {ACCOUNTS_PER_ROUND}"
    );
    let values = [Uuid::nil().into(), before.into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    let rows = service.store.read().query_all_raw(statement).await?;
    let (mut is_left, mut failure) = (rows.len() as u64 == ACCOUNTS_PER_ROUND, None);
    for row in &rows {
        let account = AccountId(row.try_get("", "id")?);
        let last: Option<Uuid> = row.try_get("", "last_entry_id")?;
        match seal_account(service, account, last.unwrap_or_default(), before).await {
            Ok(entries) => is_left |= entries as u64 == ENTRIES_PER_SEAL,
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(is_left), Err)
}

/// Seals the entries of an account between two ids, one batch of them. Returns the number of entries.
async fn seal_account(service: &Service, account: AccountId, after: Uuid, before: Uuid) -> Result<usize> {
    let sql = format!(
        "SELECT * FROM audit_entries WHERE account_id = $1 AND id > $2 AND id < $3 ORDER BY id \
         LIMIT {ENTRIES_PER_SEAL}"
    );
    let values = [account.0.into(), after.into(), before.into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    // The read holds no lock. An erasure meanwhile leaves an amendment.
    let entries = audit_entries::Model::find_by_statement(statement).all(service.store.list_reader()).await?;
    let Some(last) = entries.last().map(|entry| entry.id) else { return Ok(0) };
    let txn = service.begin_write().await?;
    let mut chain = chain::lock(&txn, &service.keys, account).await?;
    if chain.last_entry_id != after {
        // Another node has sealed these entries.
        return Ok(0);
    }
    let (position, former_digest) = (chain.position + 1, chain.digest.clone());
    let mut sealed = Vec::new();
    for entry in &entries {
        let amendable =
            digest::amendable(&service.keys, entry.id, entry.customer_id, entry.detail.as_deref());
        chain.position += 1;
        let at = (chain.position, chain.digest.as_slice());
        chain.digest = digest::entry(&service.keys, at, entry.id, entry, &amendable).to_vec();
        sealed.extend_from_slice(entry.id.as_bytes());
        sealed.extend_from_slice(&chain.digest);
    }
    chain.last_entry_id = last;
    let mut row = audit_seals::Model {
        account_id: account.0,
        position,
        former_digest,
        last_entry_id: last,
        entries: sealed,
        sealed_at: txn.now().millis(),
        row_digest: Vec::new(),
    };
    row.row_digest = digest::seal(&service.keys, &row).to_vec();
    let row: audit_seals::ActiveModel = row.into();
    audit_seals::Entity::insert(row.reset_all()).exec_without_returning(txn.conn()).await?;
    chain::store(&txn, &service.keys, chain).await?;
    txn.commit().await?;
    Ok(entries.len())
}
