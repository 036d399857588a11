//! The page of one import.

use domain::LicenseImportId;
use domain::import::Target;
use domain::permission::Permission;
use domain::view::{FAULTS_ON_PAGE, ImportFault, ImportView};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::row;
use crate::store::entity::license_import_faults as stored_faults;
use crate::{Actor, Result, Service};

/// Returns an import with its counts and its first faults.
///
/// # Errors
/// Returns an error if the role lacks the permission, the import does not exist, or the database fails.
#[tracing::instrument(name = "license_import.show", skip_all, fields(account = %actor.account, import = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: LicenseImportId) -> Result<ImportView> {
    actor.require(Permission::Read)?;
    let import = row::find(service.store.read(), actor.account, id).await?;
    let plan = row::plan(&import)?;
    let columns = plan.header.columns().map(|(name, target)| {
        let target = match target {
            Target::Column(column) => Some(column.name().to_owned()),
            Target::Metadata(field) => Some(format!("metadata: {field}")),
            Target::NotRead => None,
        };
        (name.to_owned(), target)
    });
    Ok(ImportView {
        columns: columns.collect(),
        summary: row::summary(&import),
        all_or_nothing: import.all_or_nothing,
        stop_requested: import.stop_requested,
        failure: import.failure.clone(),
        faults: load(service, &import.id, FAULTS_ON_PAGE.into()).await?,
        removable_until: row::removable_until(&import).filter(|until| *until >= service.now()),
        import: row::view(&import)?,
    })
}

/// Returns the stored faults and notices of an import, in the order of lines: at most 1,000.
///
/// # Errors
/// Returns an error if the role lacks the permission, the import does not exist, or the database fails.
#[tracing::instrument(name = "license_import.faults", skip_all, fields(account = %actor.account, import = %id), err(level = "debug"))]
pub async fn faults(service: &Service, actor: &Actor, id: LicenseImportId) -> Result<Vec<ImportFault>> {
    actor.require(Permission::Read)?;
    let import = row::find(service.store.read(), actor.account, id).await?;
    load(service, &import.id, u64::MAX >> 1).await
}

async fn load(service: &Service, import: &uuid::Uuid, most: u64) -> Result<Vec<ImportFault>> {
    let rows = stored_faults::Entity::find()
        .filter(stored_faults::Column::ImportId.eq(*import))
        .order_by_asc(stored_faults::Column::Number)
        .limit(most)
        .all(service.store.read())
        .await?;
    let fault = |row: stored_faults::Model| ImportFault {
        line: row.line.unsigned_abs(),
        column: row.column_name,
        message: row.message,
        is_notice: row.is_notice,
    };
    Ok(rows.into_iter().map(fault).collect())
}
