//! Conversions between rows of imports and domain types.

use domain::bulk::UNDO_MS;
use domain::import::ImportState;
use domain::view::{ImportRow, ImportSummary};
use domain::{AccountId, FieldError, LicenseId, LicenseImportId, Timestamp};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use serde::Serialize;
use uuid::Uuid;

use super::plan::Plan;
use crate::store::entity::license_imports;
use crate::store::{WriteTxn, convert};
use crate::stored_principal::StoredPrincipal;
use crate::{Error, Result};

/// The bits of an id that number the licenses of an import.
const ROW_BITS: u32 = 32;

/// Returns the id before those of the licenses of an import.
pub(super) fn first_license_id(random: Uuid) -> Uuid {
    Uuid::from_u128(random.as_u128() >> ROW_BITS << ROW_BITS)
}

/// Returns the id of the license of the row with this number, from 0.
pub(super) fn license_id(import: &license_imports::Model, row: u64) -> LicenseId {
    let number = u128::from(row + 1) & ((1 << ROW_BITS) - 1);
    LicenseId(Uuid::from_u128(import.first_license_id.as_u128() | number))
}

/// Returns the id that no license of an import exceeds.
pub(super) fn last_license_id(import: &license_imports::Model) -> Uuid {
    Uuid::from_u128(import.first_license_id.as_u128() | ((1 << ROW_BITS) - 1))
}

/// Loads an import of the account.
///
/// # Errors
/// Returns [`Error::NotFound`] if the account has no such import, or another [`Error`] if the database fails.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: LicenseImportId,
) -> Result<license_imports::Model> {
    license_imports::Entity::find_by_id(id.0)
        .filter(license_imports::Column::AccountId.eq(account.0))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Loads an import of the account and locks it until the transaction ends. Errors as [`find`].
pub(super) async fn lock(
    txn: &WriteTxn,
    account: AccountId,
    id: LicenseImportId,
) -> Result<license_imports::Model> {
    let mut import =
        license_imports::Entity::find_by_id(id.0).filter(license_imports::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        import = import.lock_exclusive();
    }
    import.one(txn.conn()).await?.ok_or(Error::NotFound)
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::Internal(format!("JSON: {e}")))
}

/// Returns the state of an import.
pub(super) fn state(import: &license_imports::Model) -> Result<ImportState> {
    let damaged = |error: FieldError| Error::Internal(format!("import {}: {error}", import.id));
    import.state.parse().map_err(damaged)
}

/// Returns the plan of an import.
pub(super) fn plan(import: &license_imports::Model) -> Result<Plan> {
    serde_json::from_str(&import.plan).map_err(|e| Error::Internal(format!("import {}: {e}", import.id)))
}

/// Returns the counts of the file.
pub(super) fn summary(import: &license_imports::Model) -> ImportSummary {
    convert::json_or_default(Some(&import.summary))
}

/// Returns the principal that uploaded the file.
pub(super) fn principal(import: &license_imports::Model) -> StoredPrincipal<'_> {
    StoredPrincipal {
        account: AccountId(import.account_id),
        kind: &import.actor_kind,
        id: import.actor_id,
        name: &import.actor_name,
    }
}

/// Returns until when the licenses of an import can be removed. `None` if they cannot.
pub(super) fn removable_until(import: &license_imports::Model) -> Option<Timestamp> {
    let until = import.finished_at.map(|at| Timestamp::from_millis(at).plus_millis(UNDO_MS));
    until.filter(|_| import.imported > 0 && import.state == ImportState::Done.as_str())
}

/// Converts an import into its view in lists.
pub(super) fn view(import: &license_imports::Model) -> Result<ImportRow> {
    Ok(ImportRow {
        id: LicenseImportId(import.id),
        file_name: import.file_name.clone(),
        state: state(import)?,
        good_rows: import.good_rows.unsigned_abs(),
        faulty_rows: import.faulty_rows.unsigned_abs(),
        imported: import.imported.unsigned_abs(),
        skipped: import.skipped.unsigned_abs(),
        removed: import.removed.unsigned_abs(),
        actor: import.actor_name.clone(),
        uploaded_at: Timestamp::from_millis(import.created_at),
        finished_at: convert::to_timestamp(import.finished_at),
    })
}
