//! Free slugs for products whose slug is derived from their name.

use domain::product::{ProductSettings, Slug};
use domain::{AccountId, ProductId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::store::WriteTxn;
use crate::store::entity::products;
use crate::{Error, Result};

/// Maximum number of products with the same derived slug.
const MAX_NUMBER: u32 = 1000;

/// Returns the settings with a slug that no other product of the account has, if the slug is
/// derived. `own` is the product that is updated.
pub(super) async fn with_free_slug(
    txn: &WriteTxn,
    account: AccountId,
    settings: &ProductSettings,
    own: Option<ProductId>,
) -> Result<ProductSettings> {
    let mut settings = settings.clone();
    if !settings.slug_is_suggested {
        return Ok(settings);
    }
    let base = settings.slug.clone();
    for n in 2..=MAX_NUMBER {
        if is_free(txn, account, &settings.slug, own).await? {
            return Ok(settings);
        }
        settings.slug = base.numbered(n);
    }
    Err(Error::invalid("slug", "Too many products have a slug like this one. Enter another slug."))
}

async fn is_free(txn: &WriteTxn, account: AccountId, slug: &Slug, own: Option<ProductId>) -> Result<bool> {
    let mut find = products::Entity::find()
        .filter(products::Column::AccountId.eq(account.0))
        .filter(products::Column::Slug.eq(slug.as_str()));
    if let Some(own) = own {
        find = find.filter(products::Column::Id.ne(own.0));
    }
    let found: Option<uuid::Uuid> =
        find.select_only().column(products::Column::Id).into_tuple().one(txn.conn()).await?;
    Ok(found.is_none())
}
