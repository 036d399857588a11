//! Runs the imports of all accounts, for a background worker.

use domain::import::ImportState;
use domain::{AccountId, LicenseImportId};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::end::end;
use super::prepare::{Prepared, prepare};
use super::{import_chunk, prepare, remove_chunk, row};
use crate::error::is_duplicate;
use crate::store::entity::license_imports;
use crate::{Error, Result, Service};

/// The failure of an import that a defect ended.
const DEFECT: &str =
    "An error of the server ended this import. The server’s log names it with the import’s id.";

/// Chunks in one transaction, which blocks other writers on SQLite for about 0.1 s.
const CHUNKS_PER_TXN: u64 = 4;
/// Transactions of an import before that of another account has its turn.
const TXNS_PER_TURN: u32 = 8;

/// Handles some chunks of each running import, so that no account waits for the import of another. Returns
/// whether chunks are left.
///
/// # Errors
/// Returns [`Error::Unavailable`] if the database is not available; the imports go on later.
pub async fn run_pending(service: &Service) -> Result<bool> {
    let running: Vec<Uuid> = license_imports::Entity::find()
        .select_only()
        .column(license_imports::Column::Id)
        // A literal, because the index is partial.
        .filter(Expr::cust("state IN ('importing', 'removing')"))
        .order_by_asc(license_imports::Column::Id)
        .into_tuple()
        .all(service.store.read())
        .await?;
    let (mut is_left, mut failed) = (false, None);
    for id in running {
        // Boxed, because the future of a turn has 16 KiB.
        match Box::pin(run_turn(service, LicenseImportId(id))).await {
            Ok(more) => is_left |= more,
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(is_left), Err)
}

/// Runs some transactions of an import. While one is written, the chunks of the next are prepared.
async fn run_turn(service: &Service, id: LicenseImportId) -> Result<bool> {
    let mut next: Option<(i64, JoinHandle<Result<Prepared>>)> = None;
    for turn in 1..=TXNS_PER_TURN {
        let Some(import) = find(service, id).await? else { return Ok(false) };
        if row::state(&import)? != ImportState::Importing {
            return run_batch(service, id, CHUNKS_PER_TXN).await;
        }
        let prepared = match next.take() {
            Some((position, task)) if position == import.position => prepare::finished(task).await,
            _ => prepare(service, &import, import.position, CHUNKS_PER_TXN).await,
        };
        if let Ok(prepared) = &prepared
            && turn < TXNS_PER_TURN
            && prepared.chunks.len() as u64 == CHUNKS_PER_TXN
        {
            let position = prepared.position + CHUNKS_PER_TXN.cast_signed();
            next = Some((position, prepare::spawn(service, &import, position, CHUNKS_PER_TXN)));
        }
        let outcome = write(service, &import, prepared).await;
        if !handle(service, &import, outcome).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Imports up to `most` chunks, or removes the next licenses of an import. Returns whether more is left. A
/// defect ends the import.
///
/// # Errors
/// Returns [`Error::Unavailable`] if the database is not available; nothing of the chunks is stored.
#[tracing::instrument(name = "license_import.run_batch", skip_all, fields(import = %id), err(level = "debug"))]
pub async fn run_batch(service: &Service, id: LicenseImportId, most: u64) -> Result<bool> {
    let Some(import) = find(service, id).await? else { return Ok(false) };
    let outcome = match row::state(&import)? {
        ImportState::Importing => {
            let prepared = prepare(service, &import, import.position, most).await;
            write(service, &import, prepared).await
        }
        ImportState::Removing => remove_chunk::run(service, &import).await,
        _ => return Ok(false),
    };
    handle(service, &import, outcome).await
}

/// Imports chunks, unless their preparation failed.
async fn write(
    service: &Service,
    import: &license_imports::Model,
    prepared: Result<Prepared>,
) -> Result<bool> {
    import_chunk::run(service, import, prepared?).await
}

async fn find(service: &Service, id: LicenseImportId) -> Result<Option<license_imports::Model>> {
    Ok(license_imports::Entity::find_by_id(id.0).one(service.store.read()).await?)
}

/// Ends an import whose transaction failed by a defect. Other outcomes are returned as they are.
async fn handle(service: &Service, import: &license_imports::Model, outcome: Result<bool>) -> Result<bool> {
    let id = LicenseImportId(import.id);
    match outcome {
        // Another transaction has inserted a key or a customer of the chunk, which the next run finds.
        Err(Error::Database(error)) if is_duplicate(&error) => Ok(true),
        Err(error) if !matches!(error, Error::Unavailable(_)) => {
            tracing::error!(import = %id, %error, "import of licenses ended by an error");
            let txn = service.begin_write().await?;
            let locked = row::lock(&txn, AccountId(import.account_id), id).await?;
            if locked.state != import.state {
                return Ok(true);
            }
            end(txn, locked, ImportState::Done, Some(DEFECT.to_owned())).await?;
            Ok(false)
        }
        outcome => outcome,
    }
}
