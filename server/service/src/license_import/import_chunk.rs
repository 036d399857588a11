//! Imports chunks, in one transaction.

use domain::import::ImportState;
use domain::permission::Permission;
use domain::{AccountId, LicenseImportId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Set};

use super::check::{self, EXISTING_KEY};
use super::end::end;
use super::insert::{self, NewRow};
use super::plan::{Plan, Products};
use super::prepare::{Prepared, PreparedRow};
use super::row;
use crate::store::WriteTxn;
use crate::store::entity::{license_import_chunks as chunks, license_imports};
use crate::{Result, Service, stored_principal};

/// The failure of an import whose member lost the permission.
const NOT_ALLOWED: &str =
    "The member or API token that started this import may not import licenses any more.";

/// Imports prepared chunks in one transaction. Returns whether chunks are left.
pub(super) async fn run(
    service: &Service,
    import: &license_imports::Model,
    prepared: Prepared,
) -> Result<bool> {
    let account = AccountId(import.account_id);
    let mut txn = service.begin_write().await?;
    let mut locked = row::lock(&txn, account, LicenseImportId(import.id)).await?;
    if locked.state != import.state || locked.position != prepared.position {
        // Another node has handled these chunks.
        return Ok(true);
    }
    if stored_principal::must_wait(txn.conn(), &row::principal(&locked)).await? {
        // The end of an import may delete licenses, which a suspension must not do.
        return Ok(false);
    }
    if locked.stop_requested {
        return stop(txn, locked, None).await;
    }
    if prepared.chunks.is_empty() {
        return end(txn, locked, ImportState::Done, None).await.map(|()| false);
    }
    let principal = row::principal(&locked);
    let Some(actor) = stored_principal::actor(txn.conn(), &principal, Permission::ImportLicenses).await?
    else {
        return stop(txn, locked, Some(NOT_ALLOWED.to_owned())).await;
    };
    txn.enlarge_page_cache().await?;
    let plan = row::plan(&locked)?;
    let products = Products::load(txn.conn(), account).await?;
    for chunk in &prepared.chunks {
        let (new, skipped) = decide(&txn, &plan, &products, chunk).await?;
        if let Some((line, message)) = skipped.first().filter(|_| locked.all_or_nothing) {
            let failure = format!("Line {line}: {message} Nothing is imported.");
            // The chunks before this one are not stored either.
            drop(txn);
            return stop_now(service, import, failure).await;
        }
        locked.imported += count(new.len());
        locked.skipped += count(skipped.len());
        insert::insert(service, &mut txn, &actor, new).await?;
    }
    let next = prepared.position + count(prepared.chunks.len());
    chunks::Entity::delete_many()
        .filter(chunks::Column::ImportId.eq(locked.id))
        .filter(chunks::Column::Number.between(prepared.position, next - 1))
        .exec(txn.conn())
        .await?;
    let (imported, skipped) = (locked.imported, locked.skipped);
    let mut update = locked.into_active_model();
    update.imported = Set(imported);
    update.skipped = Set(skipped);
    update.position = Set(next);
    license_imports::Entity::update(update).exec(txn.conn()).await?;
    txn.commit().await?;
    Ok(true)
}

/// Ends an import in a transaction of its own, unless another node went on with it.
async fn stop_now(service: &Service, import: &license_imports::Model, failure: String) -> Result<bool> {
    let txn = service.begin_write().await?;
    let locked = row::lock(&txn, AccountId(import.account_id), LicenseImportId(import.id)).await?;
    if locked.state != import.state || locked.position != import.position {
        return Ok(true);
    }
    stop(txn, locked, Some(failure)).await
}

/// Ends an import before its last chunk. An import of all or nothing removes its licenses.
async fn stop(txn: WriteTxn, import: license_imports::Model, failure: Option<String>) -> Result<bool> {
    let state = if import.all_or_nothing { ImportState::Removing } else { ImportState::Done };
    end(txn, import, state, failure).await?;
    Ok(state.is_running())
}

/// The lines of a chunk that cannot be imported, and why.
type Skipped = Vec<(u64, String)>;

/// Decides which rows are imported: those whose product is there and whose key is new.
async fn decide<'a>(
    txn: &WriteTxn,
    plan: &Plan,
    products: &'a Products,
    rows: &'a [PreparedRow],
) -> Result<(Vec<NewRow<'a>>, Skipped)> {
    let digests = rows.iter().filter_map(|row| row.key.as_ref()).map(|(digests, _)| digests);
    let existing = check::existing_keys(txn.conn(), digests).await?;
    let (mut new, mut skipped) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        if row.key.as_ref().is_some_and(|(digests, _)| check::is_among(&existing, digests)) {
            skipped.push((row.line, EXISTING_KEY.to_owned()));
            continue;
        }
        match products.of(&row.license, plan.product) {
            Ok(product) => new.push(NewRow { row, product }),
            Err(message) => skipped.push((row.line, message)),
        }
    }
    Ok((new, skipped))
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
