//! Imports one chunk, in one transaction.

use domain::import::{ImportState, ImportedLicense, parse_record};
use domain::permission::Permission;
use domain::{AccountId, LicenseImportId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Set};

use super::check::{self, EXISTING_KEY};
use super::chunk::{self, ROWS_PER_CHUNK};
use super::end::end;
use super::file_row::FileRow;
use super::insert::{self, NewRow};
use super::plan::{Plan, Products};
use super::row;
use crate::store::WriteTxn;
use crate::store::entity::{license_import_chunks as chunks, license_imports};
use crate::{Result, Service, stored_principal};

/// The failure of an import whose member lost the permission.
const NOT_ALLOWED: &str =
    "The member or API token that started this import may not import licenses any more.";

/// Imports the next chunk. Returns whether chunks are left.
pub(super) async fn run(service: &Service, import: &license_imports::Model) -> Result<bool> {
    let account = AccountId(import.account_id);
    // Read and opened before the transaction, which blocks other writers on SQLite.
    let rows = chunk::load(service, service.store.read(), import.id, import.position).await?;
    let plan = row::plan(import)?;
    let licenses = rows.map(|rows| parse(&plan, rows));
    let mut txn = service.begin_write().await?;
    let locked = row::lock(&txn, account, LicenseImportId(import.id)).await?;
    if locked.state != import.state || locked.position != import.position {
        // Another node has handled this chunk.
        return Ok(true);
    }
    if locked.stop_requested {
        return stop(txn, locked, None).await;
    }
    let Some(licenses) = licenses else {
        return end(txn, locked, ImportState::Done, None).await.map(|()| false);
    };
    let principal = row::principal(&locked);
    let Some(actor) = stored_principal::actor(txn.conn(), &principal, Permission::ImportLicenses).await?
    else {
        return stop(txn, locked, Some(NOT_ALLOWED.to_owned())).await;
    };
    let (new, skipped) = decide(service, &txn, &locked, &plan, &licenses).await?;
    if let Some((line, message)) = skipped.first().filter(|_| locked.all_or_nothing) {
        let failure = format!("Line {line}: {message} Nothing is imported.");
        return stop(txn, locked, Some(failure)).await;
    }
    let imported = new.len();
    insert::insert(service, &mut txn, &actor, new).await?;
    chunks::Entity::delete_many()
        .filter(chunks::Column::ImportId.eq(locked.id))
        .filter(chunks::Column::Number.eq(locked.position))
        .exec(txn.conn())
        .await?;
    let counts = (locked.imported, locked.skipped, locked.position);
    let mut update = locked.into_active_model();
    update.imported = Set(counts.0 + count(imported));
    update.skipped = Set(counts.1 + count(skipped.len()));
    update.position = Set(counts.2 + 1);
    license_imports::Entity::update(update).exec(txn.conn()).await?;
    txn.commit().await?;
    Ok(true)
}

/// Ends an import before its last chunk. An import of all or nothing removes its licenses.
async fn stop(txn: WriteTxn, import: license_imports::Model, failure: Option<String>) -> Result<bool> {
    let state = if import.all_or_nothing { ImportState::Removing } else { ImportState::Done };
    end(txn, import, state, failure).await?;
    Ok(state.is_running())
}

/// Reads the rows of a chunk again. They were good when the file was received.
fn parse(plan: &Plan, rows: Vec<FileRow>) -> Vec<(u64, ImportedLicense)> {
    let parsed = rows.into_iter().filter_map(|row| {
        let license = parse_record(&plan.header, row.cells.iter().map(String::as_str), plan.rules);
        Some((row.line, license.ok().flatten()?))
    });
    parsed.collect()
}

/// The lines of a chunk that cannot be imported, and why.
type Skipped = Vec<(u64, String)>;

/// Decides which rows are imported: those whose product is there and whose key is new.
async fn decide<'a>(
    service: &Service,
    txn: &WriteTxn,
    import: &license_imports::Model,
    plan: &Plan,
    licenses: &'a [(u64, ImportedLicense)],
) -> Result<(Vec<NewRow<'a>>, Skipped)> {
    let products = Products::load(txn.conn(), AccountId(import.account_id)).await?;
    let digests: Vec<_> = licenses.iter().map(|(_, license)| check::key_digests(service, license)).collect();
    let existing = check::existing_keys(txn.conn(), digests.iter().flatten()).await?;
    let first_row = import.position.unsigned_abs() * ROWS_PER_CHUNK as u64;
    let (mut new, mut skipped) = (Vec::with_capacity(licenses.len()), Vec::new());
    for ((n, (line, license)), digest) in (0..).zip(licenses).zip(&digests) {
        if digest.as_ref().is_some_and(|digest| check::is_among(&existing, digest)) {
            skipped.push((*line, EXISTING_KEY.to_owned()));
            continue;
        }
        match products.of(license, plan.product) {
            Ok(product) => {
                let id = row::license_id(import, first_row + n);
                new.push(NewRow { id, product: product.clone(), license });
            }
            Err(message) => skipped.push((*line, message)),
        }
    }
    Ok((new, skipped))
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
