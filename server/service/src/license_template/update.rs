//! Changes a license template, and with it its products, in one transaction.

use domain::LicenseTemplateId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, IntoActiveModel as _, Set};

use super::change::TemplateChange;
use super::changes::template_changes;
use super::event::template_event;
use super::record::{TemplateRecord, record};
use super::rule_columns::RuleColumns;
use crate::product::update_followers;
use crate::store::entity::{license_templates, products};
use crate::store::{WriteTxn, scope};
use crate::{Actor, Result, Service};

/// Changes a template. Its products follow at once, and with them the licenses that have nothing of their own.
/// Limits and expiries of licenses were copied when they were made, and stay.
///
/// # Errors
/// Returns an error if the role lacks the permission, the template does not exist, or the database fails.
#[tracing::instrument(name = "license_template.update", skip_all, fields(account = %actor.account, template = %id), err(level = "debug"))]
pub async fn update(
    service: &Service,
    actor: &Actor,
    id: LicenseTemplateId,
    change: &TemplateChange,
) -> Result<TemplateRecord> {
    actor.require(Permission::WriteProduct)?;
    let txn = service.begin_write().await?;
    let row = scope::lock_license_template(&txn, actor.account, id, LockType::NoKeyUpdate).await?;
    change_locked(txn, actor, row, change).await
}

/// Changes a locked template and its products, and commits.
pub(super) async fn change_locked(
    mut txn: WriteTxn,
    actor: &Actor,
    row: license_templates::Model,
    change: &TemplateChange,
) -> Result<TemplateRecord> {
    let before = RuleColumns::of_template(&row);
    let after = change.apply(&before);
    let list = |given: Option<&Vec<String>>, stored: &str| {
        let given = given.map(|names| serde_json::json!(names).to_string());
        given.filter(|given| given != stored)
    };
    let name = change.name.as_ref().map(ToString::to_string).filter(|name| *name != row.name);
    let metadata = list(change.required_metadata.as_ref(), &row.required_metadata);
    let meters = list(change.required_meters.as_ref(), &row.required_meters);
    let changes_rules = before != after;
    if !changes_rules && name.is_none() && metadata.is_none() && meters.is_none() {
        return Ok(record(&row));
    }
    let mut update = row.clone().into_active_model();
    if let Some(name) = name {
        update.name = Set(name);
    }
    if let Some(names) = metadata {
        update.required_metadata = Set(names);
    }
    if let Some(names) = meters {
        update.required_meters = Set(names);
    }
    if changes_rules {
        after.write_template(&mut update);
    }
    update.updated_at = Set(txn.now().millis());
    let former = row;
    let row = update.update(txn.conn()).await?;
    let changes = template_changes(&former, &row);
    txn.record(actor, template_event(Event::LicenseTemplateUpdated, &row).changes(changes));
    if changes_rules {
        let rules = format!("license template “{}”", row.name);
        let follows = products::Column::TemplateId.eq(row.id);
        update_followers(&mut txn, actor, follows, &rules, |product| after.write_product(product)).await?;
    }
    txn.commit().await?;
    Ok(record(&row))
}
