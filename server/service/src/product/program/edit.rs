//! Changes a product for a program.

use domain::ProductId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::terms::{ProductRefusal, ProductTerms, find_policy, find_template, merge_metadata, set_policy};
use crate::license_template::RuleColumns;
use crate::product::changes::product_changes;
use crate::product::event::product_event;
use crate::product::record::{ProductMetadata, ProductRecord, load_many};
use crate::store::{convert, scope};
use crate::trial_policy::clear_product;
use crate::{Actor, Error, Result, Service};

/// Changes a product. What equals the present state is no change; if nothing is, nothing is written.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist, or the database fails.
#[tracing::instrument(name = "product.edit_by_program", skip_all, fields(account = %actor.account, product = %id), err(level = "debug"))]
pub async fn edit_by_program(
    service: &Service,
    actor: &Actor,
    id: ProductId,
    change: &ProductTerms,
) -> Result<Result<ProductRecord, ProductRefusal>> {
    actor.require(Permission::WriteProduct)?;
    let mut txn = service.begin_write().await?;
    // Templates and trial policies are locked before products. They are compared after it: another request may change
    // the product meanwhile.
    scope::product(txn.conn(), actor.account, id).await?;
    let template = match find_template(&txn, actor, change.template).await? {
        Ok(template) => template,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let policy = match find_policy(&txn, actor, change.trial_policy.flatten()).await? {
        Ok(policy) => policy,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let row = scope::lock_product(&txn, actor.account, id).await?;
    let template = template.filter(|template| Some(template.id) != row.template_id);
    // A node of the previous version ends trials by the days alone.
    let present = row.trial_days.and(row.trial_policy_id);
    let policy = policy.filter(|policy| Some(policy.id) != present);
    let ends_trials = change.trial_policy == Some(None) && row.trial_days.is_some();
    let stored: Vec<ProductMetadata> = convert::json_or_default(Some(&row.metadata));
    let metadata = merge_metadata(stored.clone(), &change.metadata, txn.now())?;
    let name = change.name.as_ref().map(ToString::to_string).filter(|name| *name != row.name);
    let shown = if row.display_name.is_empty() { &row.name } else { &row.display_name };
    let display_name = change.display_name.clone().filter(|given| given != shown);
    let description = change.description.clone().filter(|given| *given != row.description);
    let is_changed = name.is_some()
        || display_name.is_some()
        || description.is_some()
        || metadata != stored
        || template.is_some()
        || policy.is_some()
        || ends_trials;
    if is_changed {
        let mut update = row.clone().into_active_model();
        if let Some(name) = name {
            update.name = Set(name);
        }
        if let Some(display_name) = display_name {
            update.display_name = Set(display_name);
        }
        if let Some(description) = description {
            update.description = Set(description);
        }
        if metadata != stored {
            update.metadata = Set(serde_json::json!(metadata).to_string());
        }
        if let Some(template) = &template {
            RuleColumns::of_template(template).write_product(&mut update);
            update.template_id = Set(Some(template.id));
        }
        if let Some(policy) = &policy {
            set_policy(&mut update, policy);
        } else if ends_trials {
            clear_product(&mut update);
        }
        update.updated_at = Set(txn.now().millis());
        let stored = update.update(txn.conn()).await?;
        let changes = product_changes(&row, &stored);
        txn.record(actor, product_event(Event::ProductUpdated, &stored).changes(changes));
    }
    let record = load_many(txn.conn(), actor.account, &[id]).await?.pop().ok_or(Error::NotFound)?;
    if is_changed {
        txn.commit().await?;
    }
    Ok(Ok(record))
}
