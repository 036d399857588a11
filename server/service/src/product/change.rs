//! Changes some settings of a product: the fields of one form.

use domain::ProductId;
use domain::permission::Permission;
use domain::product::ProductChange;
use domain::view::ProductView;

use super::lock_rules::lock_rules;
use super::update::save;
use crate::store::{convert, scope};
use crate::{Actor, Error, Result, Service};

/// Changes the settings that the change has. Settings of other forms, and fields that the seller did not touch,
/// keep the changes of other members.
///
/// # Errors
/// [`Error::Changed`] if a field was changed since the form was rendered. Also returns an error if the role
/// lacks the permission, the product does not exist, the slug is in use, or the database fails.
#[tracing::instrument(name = "product.change", skip_all, fields(account = %actor.account, product = %id), err(level = "debug"))]
pub async fn change(
    service: &Service,
    actor: &Actor,
    id: ProductId,
    change: ProductChange,
) -> Result<ProductView> {
    actor.require(Permission::WriteProduct)?;
    let txn = service.begin_write().await?;
    lock_rules(&txn, actor.account, id).await?;
    let row = scope::lock_product(&txn, actor.account, id).await?;
    let stored = convert::product_view(row.clone()).settings()?;
    let settings = change.apply(stored.clone()).map_err(Error::Changed)?;
    if settings == stored {
        return Ok(convert::product_view(row));
    }
    save(service, txn, actor, row, &settings).await
}
