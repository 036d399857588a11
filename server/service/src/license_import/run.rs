//! Runs the imports of all accounts, for a background worker.

use domain::import::ImportState;
use domain::{AccountId, LicenseImportId};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::end::end;
use super::{import_chunk, remove_chunk, row};
use crate::error::is_duplicate;
use crate::store::entity::license_imports;
use crate::{Error, Result, Service};

/// The failure of an import that a defect ended.
const DEFECT: &str =
    "An error of the server ended this import. The server’s log names it with the import’s id.";

/// Handles one chunk of each running import, so that no account waits for the import of another. Returns
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
        match run_batch(service, LicenseImportId(id)).await {
            Ok(more) => is_left |= more,
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(is_left), Err)
}

/// Handles the next chunk of an import, or removes its next licenses. Returns whether more is left. A defect
/// ends the import.
///
/// # Errors
/// Returns [`Error::Unavailable`] if the database is not available; nothing of the chunk is stored.
#[tracing::instrument(name = "license_import.run_batch", skip_all, fields(import = %id), err(level = "debug"))]
pub async fn run_batch(service: &Service, id: LicenseImportId) -> Result<bool> {
    let Some(import) = license_imports::Entity::find_by_id(id.0).one(service.store.read()).await? else {
        return Ok(false);
    };
    let outcome = match row::state(&import)? {
        ImportState::Importing => import_chunk::run(service, &import).await,
        ImportState::Removing => remove_chunk::run(service, &import).await,
        _ => return Ok(false),
    };
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
