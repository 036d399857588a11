//! Amendments: changes of audit entries that the seals allow, because the law requires them (an erasure), or
//! because their customer was merged into another one.

use domain::AccountId;
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use uuid::Uuid;

use super::digest;
use crate::Result;
use crate::secrets::Keyring;
use crate::store::WriteTxn;
use crate::store::bulk_write::BulkWrite;
use crate::store::row_values::{ColumnType, Columns, row};

const COLUMNS: Columns = &[
    ("account_id", ColumnType::Uuid),
    ("entry_id", ColumnType::Uuid),
    ("former_digest", ColumnType::Bytes),
    ("digest", ColumnType::Bytes),
    ("amended_at", ColumnType::Int),
];

/// The fields of an entry that an amendment may change.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct AmendableEntry {
    pub id: Uuid,
    pub account_id: Uuid,
    pub customer_id: Option<Uuid>,
    pub detail: Option<String>,
}

/// Records that the transaction changes entries from the first to the second of each pair. The caller changes
/// the rows in the same transaction.
pub(crate) fn amend(
    txn: &mut WriteTxn,
    keys: &Keyring,
    changes: impl IntoIterator<Item = (AmendableEntry, AmendableEntry)>,
) {
    let of = |entry: &AmendableEntry| {
        digest::amendable(keys, entry.id, entry.customer_id, entry.detail.as_deref())
    };
    let now = txn.now().millis();
    let rows: Vec<_> = changes
        .into_iter()
        .filter(|(former, new)| former != new)
        .map(|(former, new)| {
            let (before, after) = (of(&former), of(&new));
            let amendment = digest::amendment(keys, former.account_id, former.id, &before, &after);
            row![former.account_id, former.id, before.to_vec(), amendment.to_vec(), now]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    txn.defer_write(BulkWrite::new(COLUMNS, rows, |from| {
        // SQLite's parser needs the WHERE; else it reads ON CONFLICT as a join condition.
        format!(
            "INSERT INTO audit_amendments (account_id, entry_id, former_digest, digest, amended_at) \
             SELECT account_id, entry_id, former_digest, digest, amended_at FROM {from} WHERE true \
             ON CONFLICT (account_id, entry_id, former_digest) DO UPDATE SET digest = excluded.digest, \
             amended_at = excluded.amended_at"
        )
    }));
}

/// Loads the entries that name a customer and locks them until the transaction ends, in the order of their ids.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn entries_of_customer(txn: &WriteTxn, customer: Uuid) -> Result<Vec<AmendableEntry>> {
    let lock = if txn.needs_row_locks() { " FOR UPDATE" } else { "" };
    let sql = format!(
        "SELECT id, account_id, customer_id, detail FROM audit_entries WHERE customer_id = $1 ORDER BY id{lock}"
    );
    let statement = Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, [customer.into()]);
    Ok(AmendableEntry::find_by_statement(statement).all(txn.conn()).await?)
}

/// Loads an entry of the account and locks it until the transaction ends. `None` if its retention has ended.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn lock_entry(
    txn: &WriteTxn,
    account: AccountId,
    id: Uuid,
) -> Result<Option<AmendableEntry>> {
    let lock = if txn.needs_row_locks() { " FOR UPDATE" } else { "" };
    let sql = format!(
        "SELECT id, account_id, customer_id, detail FROM audit_entries WHERE account_id = $1 AND id = $2{lock}"
    );
    let values = [account.0.into(), id.into()];
    let statement = Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, values);
    Ok(AmendableEntry::find_by_statement(statement).one(txn.conn()).await?)
}
