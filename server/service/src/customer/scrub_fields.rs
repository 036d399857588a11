//! Erasure of a customer's name and address from the notes and the metadata of licenses.

use domain::LicenseId;
use domain::license::folded_value;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Set,
};
use uuid::Uuid;

use crate::store::entity::{license_metadata, license_notes};
use crate::store::scope;
use crate::{Actor, Result, Service};

/// Replaces the texts of these licenses for which `erased` returns another text. Reads first, because
/// most licenses have neither notes nor metadata.
pub(super) async fn scrub_fields(
    service: &Service,
    actor: &Actor,
    licenses: &[Uuid],
    erased: impl Fn(&str) -> Option<String>,
) -> Result<()> {
    let db = service.store.read();
    let ids = || licenses.iter().copied();
    let notes =
        license_notes::Entity::find().filter(license_notes::Column::LicenseId.is_in(ids())).all(db).await?;
    let fields = license_metadata::Entity::find()
        .filter(license_metadata::Column::LicenseId.is_in(ids()))
        .all(db)
        .await?;
    let of_notes = notes.iter().filter(|row| erased(&row.text).is_some()).map(|row| row.license_id);
    let of_fields = fields.iter().filter(|row| erased(&row.value).is_some()).map(|row| row.license_id);
    let mut found: Vec<Uuid> = of_notes.chain(of_fields).collect();
    found.sort_unstable();
    found.dedup();
    for license in found {
        scrub_license(service, actor, license, &erased).await?;
    }
    Ok(())
}

async fn scrub_license(
    service: &Service,
    actor: &Actor,
    license: Uuid,
    erased: impl Fn(&str) -> Option<String>,
) -> Result<()> {
    let txn = service.begin_write().await?;
    scope::lock_license(&txn, actor.account, LicenseId(license)).await?;
    let notes = license_notes::Entity::find_by_id(license).one(txn.conn()).await?;
    if let Some((row, text)) = notes.and_then(|row| erased(&row.text).map(|text| (row, text))) {
        let mut update = row.into_active_model();
        update.text = Set(text);
        update.update(txn.conn()).await?;
    }
    let fields = license_metadata::Entity::find()
        .filter(license_metadata::Column::LicenseId.eq(license))
        .all(txn.conn())
        .await?;
    for row in fields {
        let Some(value) = erased(&row.value) else { continue };
        let mut update = row.into_active_model();
        update.search_value = Set(folded_value(&value));
        update.value = Set(value);
        update.update(txn.conn()).await?;
    }
    txn.commit().await
}
