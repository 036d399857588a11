//! Changes of parts of a license that programs know by the part's id: fields and meters.

use std::mem;

use domain::event::Event;
use domain::license::State;
use domain::license_rules::{OwnMeter, RuleOverrides};
use domain::meter::{Meters, Totals};
use domain::permission::Permission;
use domain::{LicenseId, ProductId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, Set,
};
use serde_json::json;
use uuid::Uuid;

use super::changes::metadata_change;
use super::derived_id::{derived_id, meter_part};
use super::edit::store_meter_ids;
use super::metadata_rows;
use super::record::{self, LicenseRecord};
use super::refusal::LicenseRefusal;
use super::rule_changes::rule_changes;
use crate::store::entity::{license_metadata, license_meters, licenses, products};
use crate::store::{AuditEvent, Changes, WriteTxn, convert, scope};
use crate::{Actor, Error, Result, Service};

/// Removes a field of a license.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such field, or the database fails.
#[tracing::instrument(name = "license.remove_metadata", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn remove_metadata(service: &Service, actor: &Actor, field: Uuid) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let db = service.store.read();
    let found = license_metadata::Entity::find()
        .filter(license_metadata::Column::Id.eq(field))
        .filter(license_metadata::Column::AccountId.eq(actor.account.0))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let id = LicenseId(found.license_id);
    let mut txn = service.begin_write().await?;
    scope::lock_license(&txn, actor.account, id).await?;
    let stored = metadata_rows::load(txn.conn(), id).await?;
    if !stored.iter().any(|row| row.id == Some(field)) {
        return Err(Error::NotFound);
    }
    metadata_rows::store(&txn, actor.account.0, id, stored, &[], std::slice::from_ref(&found.key)).await?;
    metadata_rows::touch(&txn, id, txn.now()).await?;
    let entry = AuditEvent::license(Event::LicenseMetadataChanged, id)
        .detail(found.key.clone())
        .changes(metadata_change(std::slice::from_ref(&found.key), &[]))
        .with_payload("changed", vec![found.key]);
    txn.record(actor, entry);
    txn.commit().await
}

/// Removes a meter of a license, also one of its product: the license does not have it then.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such meter, or the database fails.
#[tracing::instrument(name = "license.remove_meter", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn remove_meter(
    service: &Service,
    actor: &Actor,
    meter: Uuid,
) -> Result<Result<(), LicenseRefusal>> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let (row, product) = lock_by_meter(service, &txn, actor, meter).await?;
    if matches!(convert::license_state(&row)?, State::Revoked { .. }) {
        return Ok(Err(LicenseRefusal::Revoked));
    }
    let id = LicenseId(row.id);
    let in_force = convert::meters_in_force(&product, &row);
    let found = find_meter(&in_force, row.id, meter).ok_or(Error::NotFound)?.clone();
    let former = RuleOverrides::from_storage(row.rules.as_deref());
    let mut rules = former.clone();
    let of_product: Meters = convert::json_or_default(Some(&product.meters));
    let now = txn.now();
    if of_product.find(&found.name).is_some() {
        rules.meters.set(OwnMeter {
            meter: found.clone(),
            visibility: domain::license::Visibility::ACTIVATION,
            created_at: now,
            updated_at: now,
            removed: true,
        });
    } else {
        rules.meters.0.retain(|own| own.meter.id() != found.id());
    }
    let mut totals: Totals = convert::json_or_default(row.meters.as_deref());
    totals.remove(&found.id());
    store_meter_ids(&txn, actor, id, &rules).await?;
    let mut update = row.into_active_model();
    update.rules = Set(rules.to_storage());
    update.meters = Set(Some(json!(totals).to_string()));
    update.updated_at = Set(now.millis());
    update.update(txn.conn()).await?;
    let changes = rule_changes(&former, &rules, &convert::rules_of_product(&product), &of_product);
    let name = format!("meter {}", found.name);
    let entry = AuditEvent::license(Event::LicenseRulesChanged, id)
        .detail(format!("{name} removed"))
        .changes(changes)
        .with_payload("changed", vec![name]);
    txn.record(actor, entry);
    txn.commit().await?;
    Ok(Ok(()))
}

/// Sets the uses of a meter to 0. What was ever counted stays.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such meter, or the database fails.
#[tracing::instrument(name = "license.reset_meter", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn reset_meter(service: &Service, actor: &Actor, meter: Uuid) -> Result<LicenseRecord> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let (row, product) = lock_by_meter(service, &txn, actor, meter).await?;
    let id = LicenseId(row.id);
    let in_force = convert::meters_in_force(&product, &row);
    let found = find_meter(&in_force, row.id, meter).ok_or(Error::NotFound)?;
    let mut totals: Totals = convert::json_or_default(row.meters.as_deref());
    let total = totals.entry(found.id()).or_default();
    let uses = mem::take(&mut total.total);
    let is_changed = uses != 0;
    if is_changed {
        let now = txn.now().millis();
        let mut update = row.into_active_model();
        update.meters = Set(Some(json!(totals).to_string()));
        update.updated_at = Set(now);
        update.update(txn.conn()).await?;
        let mut changes = Changes::default();
        let meter = |uses: i64| [json!({ "name": found.name, "totalUses": uses })];
        changes.add("meterAttributes", &meter(uses), &meter(0));
        let entry = AuditEvent::license(Event::LicenseMeterReset, id)
            .detail(found.name.clone())
            .changes(changes)
            .with_payload("meter", found.name.clone());
        txn.record(actor, entry);
    }
    let record = record::load_one(&service.keys, txn.conn(), actor.account, id).await?;
    if is_changed {
        txn.commit().await?;
    }
    Ok(record)
}

fn find_meter(meters: &Meters, license: Uuid, id: Uuid) -> Option<&domain::meter::Meter> {
    meters.all().iter().find(|meter| derived_id(license, &meter_part(&meter.id())) == id)
}

/// Finds and locks the license of a meter: by the row of its own meter, or by the names of the meters of all
/// products of the account, which lead from the meter's id back to the license.
async fn lock_by_meter(
    service: &Service,
    txn: &WriteTxn,
    actor: &Actor,
    meter: Uuid,
) -> Result<(licenses::Model, products::Model)> {
    let db = service.store.read();
    let own: Option<Uuid> = license_meters::Entity::find_by_id(meter)
        .select_only()
        .column(license_meters::Column::LicenseId)
        .filter(license_meters::Column::AccountId.eq(actor.account.0))
        .into_tuple()
        .one(db)
        .await?;
    let candidates = match own {
        Some(license) => vec![license],
        None => by_product_meters(db, actor, meter).await?,
    };
    let found: Option<Uuid> = licenses::Entity::find()
        .select_only()
        .column(licenses::Column::Id)
        .filter(licenses::Column::Id.is_in(candidates))
        .filter(licenses::Column::AccountId.eq(actor.account.0))
        .into_tuple()
        .one(db)
        .await?;
    let id = LicenseId(found.ok_or(Error::NotFound)?);
    let row = scope::lock_license(txn, actor.account, id).await?;
    let product = scope::product(txn.conn(), actor.account, ProductId(row.product_id)).await?;
    Ok((row, product))
}

/// Returns the ids of licenses that may have this meter from their product.
async fn by_product_meters(
    db: &impl sea_orm::ConnectionTrait,
    actor: &Actor,
    meter: Uuid,
) -> Result<Vec<Uuid>> {
    let texts: Vec<String> = products::Entity::find()
        .select_only()
        .column(products::Column::Meters)
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(products::Column::Meters.ne("[]"))
        .into_tuple()
        .all(db)
        .await?;
    let mut names: Vec<String> = Vec::new();
    for text in texts {
        let meters: Meters = convert::json_or_default(Some(&text));
        names.extend(meters.all().iter().map(|meter| meter_part(&meter.id())));
    }
    names.sort_unstable();
    names.dedup();
    Ok(names.iter().map(|name| derived_id(meter, name)).collect())
}
