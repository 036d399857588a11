//! Updates a product's settings.

use domain::ProductId;
use domain::event::Event;
use domain::permission::Permission;
use domain::product::ProductSettings;
use domain::view::ProductView;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::changes::product_changes;
use super::event::product_event;
use super::lock_rules::lock_rules;
use super::{recount_slots, slug};
use crate::error::is_duplicate;
use crate::license_template::follow_product;
use crate::store::entity::products;
use crate::store::{WriteTxn, convert, scope};
use crate::{Actor, Error, Result, Service, trial_policy};

/// Number of licenses whose slots are recounted before the update returns.
const RECOUNTED_AT_ONCE: u64 = 1_000;

/// Updates a product. Its defaults apply to new licenses; existing licenses keep their limits and
/// keys. The slots of all licenses follow the new development hosts and the new slot scope.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist, the slug is in
/// use, or the database fails.
#[tracing::instrument(name = "product.update", skip_all, fields(account = %actor.account, product = %id), err(level = "debug"))]
pub async fn update(
    service: &Service,
    actor: &Actor,
    id: ProductId,
    settings: ProductSettings,
) -> Result<ProductView> {
    actor.require(Permission::WriteProduct)?;
    let txn = service.begin_write().await?;
    lock_rules(&txn, actor.account, id).await?;
    let row = scope::lock_product(&txn, actor.account, id).await?;
    save(service, txn, actor, row, &settings).await
}

/// Stores the settings of a locked product, commits, and recounts slots if their rules changed.
pub(super) async fn save(
    service: &Service,
    mut txn: WriteTxn,
    actor: &Actor,
    before: products::Model,
    settings: &ProductSettings,
) -> Result<ProductView> {
    let id = ProductId(before.id);
    let former = convert::product_view(before.clone()).settings()?;
    let slots_before =
        (before.free_development_hosts, before.development_hosts.clone(), before.slot_scope.clone());
    let mut row = before.clone().into_active_model();
    let settings = slug::with_free_slug(&txn, actor.account, settings, Some(id)).await?;
    convert::set_settings(&mut row, &settings);
    row.updated_at = Set(service.now().millis());
    let hosts = &settings.development;
    let slots_now = (hosts.enabled(), hosts.patterns(), settings.slot_scope.as_str().to_owned());
    let slots_changed = slots_before != slots_now;
    if slots_changed {
        row.slot_recount_at = Set(Some(service.now().millis()));
    }
    let row = match row.update(txn.conn()).await {
        Err(e) if is_duplicate(&e) => {
            return Err(Error::invalid("slug", "Another product of yours has this slug."));
        }
        other => other?,
    };
    let row = follow_product(&mut txn, actor, row).await?;
    let row = trial_policy::follow_product(&mut txn, actor, &before, row).await?;
    let differences = convert::product_view(row.clone()).settings()?.differences(&former).join("; ");
    let changes = product_changes(&before, &row);
    let mut entry = product_event(Event::ProductUpdated, &row).changes(changes);
    if !differences.is_empty() {
        entry = entry.detail(differences);
    }
    txn.record(actor, entry);
    txn.commit().await?;
    if slots_changed {
        // At once for most products; a worker continues with the others. The settings are saved.
        if let Err(error) = recount_slots::recount(service, id, RECOUNTED_AT_ONCE).await {
            tracing::warn!(%error, "slots not recounted yet; retried in 2 s");
        }
    }
    Ok(convert::product_view(row))
}
