//! Changing a product's settings.

use domain::ProductId;
use domain::event::Event;
use domain::permission::Permission;
use domain::product::{Settings, ValidityDays};
use domain::view::ProductView;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::error::is_duplicate;
use crate::store::{Entry, map, scope};
use crate::{Actor, Error, Result, Service};

/// Changes a product. Its defaults are for licenses issued from now on; those
/// that exist keep their limits and keys.
///
/// # Errors
/// When the role does not allow it, the product is not there, the slug is taken,
/// or the database fails.
pub async fn update(
    service: &Service,
    actor: &Actor,
    id: ProductId,
    settings: Settings,
) -> Result<ProductView> {
    actor.require(Permission::WriteProduct)?;
    let mut txn = service.write().await?;
    let mut row = scope::product(txn.conn(), actor.account, id).await?.into_active_model();
    let Settings {
        name,
        slug,
        domain_limit,
        machine_limit,
        validity,
        key_prefix,
        key_format,
        development,
        machines,
        meters,
    } = settings;
    row.name = Set(name.to_string());
    row.slug = Set(slug.to_string());
    row.domain_limit = Set(domain_limit.to_storage());
    row.machine_limit = Set(machine_limit.to_storage());
    row.validity_days = Set(validity.map(ValidityDays::to_storage));
    row.key_prefix = Set(key_prefix.as_str().to_owned());
    row.free_development_hosts = Set(development.enabled());
    row.development_hosts = Set(development.patterns());
    row.key_format = Set(key_format.word().to_owned());
    row.meters = Set(serde_json::json!(meters).to_string());
    map::set_rules(&mut row, &machines);
    row.updated_at = Set(service.now().millis());
    let row = match row.update(txn.conn()).await {
        Err(e) if is_duplicate(&e) => {
            return Err(Error::invalid("slug", "Another product of yours has this slug."));
        }
        other => other?,
    };
    let entry = Entry {
        event: Event::ProductUpdated,
        license: None,
        product: Some(id),
        detail: Some(row.name.clone()),
        payload: serde_json::json!({ "product_id": id, "slug": row.slug }),
    };
    txn.record(actor, entry).await?;
    txn.commit().await?;
    Ok(map::product(row))
}
