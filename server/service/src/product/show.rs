//! Shows one product.

use domain::permission::Permission;
use domain::product::Slug;
use domain::view::ProductView;
use domain::{AccountId, ProductId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::store::entity::products;
use crate::store::{convert, scope};
use crate::{Actor, Error, Result, Service};

/// Returns a product of the account.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist, or the database
/// fails.
#[tracing::instrument(name = "product.show", skip_all, fields(account = %actor.account, product = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: ProductId) -> Result<ProductView> {
    actor.require(Permission::Read)?;
    let row = scope::product(service.store.read(), actor.account, id).await?;
    Ok(convert::product_view(row))
}

/// Returns account and id of the product with this slug, for the operator's commands. Without an
/// account the slug must be unique in the instance.
///
/// # Errors
/// [`Error::NotFound`] if no product has the slug, [`Error::Invalid`] if several accounts have one.
pub async fn find_by_slug(
    service: &Service,
    slug: &Slug,
    account: Option<AccountId>,
) -> Result<(AccountId, ProductId)> {
    let mut find = products::Entity::find().filter(products::Column::Slug.eq(slug.as_str())).limit(2);
    if let Some(account) = account {
        find = find.filter(products::Column::AccountId.eq(account.0));
    }
    let found = find.all(service.store.read()).await?;
    match found.as_slice() {
        [] => Err(Error::NotFound),
        [one] => Ok((AccountId(one.account_id), ProductId(one.id))),
        _ => Err(Error::invalid(
            "account",
            "Several accounts have a product with this slug: name one with --account.",
        )),
    }
}
