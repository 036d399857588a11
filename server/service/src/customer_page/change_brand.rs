//! Change of the customer's page by its seller.

use domain::brand::BrandChange;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::brand::stored_brand;
use crate::store::{AuditEvent, scope};
use crate::{Actor, Error, Result, Service};

/// Stores the name, the logo text and the color. The page shows them with its next load.
///
/// # Errors
/// [`Error::Changed`] if a field was changed since the form was rendered. Also returns an error if the role
/// lacks the permission or the database fails.
#[tracing::instrument(name = "customer_page.change_brand", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn change_brand(service: &Service, actor: &Actor, change: BrandChange) -> Result<()> {
    actor.require(Permission::ManageCustomerPage)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_account(&txn, actor.account).await?;
    let stored = stored_brand(&row);
    let brand = change.apply(stored.clone()).map_err(Error::Changed)?;
    let differences = brand.differences(&stored);
    if differences.is_empty() {
        return Ok(());
    }
    let (name, logo) = (brand.name.map(|name| name.to_string()), brand.logo.map(|logo| logo.to_string()));
    let color = brand.color.map(|color| color.to_string());
    let event = AuditEvent {
        event: Event::CustomerPageChanged,
        license: None,
        product: None,
        detail: Some(differences.join("; ")),
        payload: serde_json::json!({ "name": name, "logo": logo, "color": color }),
    };
    let mut update = row.into_active_model();
    update.page_name = Set(name);
    update.page_logo = Set(logo);
    update.page_color = Set(color);
    update.update(txn.conn()).await?;
    txn.record(actor, event);
    txn.commit().await
}
