//! One product.

use domain::permission::Permission;
use domain::product::Slug;
use domain::view::ProductView;
use domain::{AccountId, ProductId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::store::entity::products;
use crate::store::{convert, scope};
use crate::{Actor, Error, Result, Service};

/// A product of the account.
///
/// # Errors
/// When the role does not allow it, the product is not there, or the database
/// fails.
pub async fn show(service: &Service, actor: &Actor, id: ProductId) -> Result<ProductView> {
    actor.require(Permission::Read)?;
    let row = scope::product(service.store.read(), actor.account, id).await?;
    Ok(convert::product_view(row))
}

/// The account and the id of the product with this slug, for the operator's
/// commands: within one account where it is named, else wherever it is the only
/// one.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Invalid`] when several
/// accounts have one.
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
