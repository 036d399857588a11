//! The seller on the customer's page: name, logo text and color.

use domain::AccountId;
use domain::brand::Brand;
use domain::permission::Permission;
use domain::view::{CustomerPageSettings, SellerBrand};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::store::entity::accounts;
use crate::{Actor, Error, Result, Service};

/// Returns the seller with this slug as customers see it.
///
/// # Errors
/// Returns [`Error::NotFound`] if there is no such seller, or another [`Error`] if the database fails.
#[tracing::instrument(name = "customer_page.brand", skip_all, err(level = "debug"))]
pub async fn brand(service: &Service, seller: &str) -> Result<SellerBrand> {
    let row = find_row(service, seller).await?;
    let brand = stored_brand(&row);
    let name = brand.name.map_or(row.name, |name| name.to_string());
    Ok(SellerBrand {
        slug: row.slug,
        logo: brand.logo.map_or_else(|| name.clone(), |logo| logo.to_string()),
        name,
        color: brand.color.map(|color| color.to_string()),
        are_apps_stopped: row.apps_stopped,
    })
}

/// Returns the style sheet of the seller with this slug, and the color it was made from, `#rrggbb`.
///
/// # Errors
/// As [`brand`].
#[tracing::instrument(name = "customer_page.style_sheet", skip_all, err(level = "debug"))]
pub async fn style_sheet(service: &Service, seller: &str) -> Result<(String, Option<String>)> {
    let color = stored_brand(&find_row(service, seller).await?).color;
    Ok((domain::brand::style_sheet(color), color.map(|color| color.to_string())))
}

/// Returns the settings of the account's page.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "customer_page.settings", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn settings(service: &Service, actor: &Actor) -> Result<CustomerPageSettings> {
    actor.require(Permission::ManageCustomerPage)?;
    let row = accounts::Entity::find_by_id(actor.account.0).one(service.store.read()).await?;
    let row = row.ok_or(Error::NotFound)?;
    let brand = stored_brand(&row);
    Ok(CustomerPageSettings {
        slug: row.slug,
        account: row.name,
        name: brand.name.map(|name| name.to_string()),
        logo: brand.logo.map(|logo| logo.to_string()),
        color: brand.color.map(|color| color.to_string()),
    })
}

/// Returns the stored brand of an account.
pub(super) fn stored_brand(row: &accounts::Model) -> Brand {
    Brand::from_storage(row.page_name.clone(), row.page_logo.clone(), row.page_color.as_deref())
}

/// Finds the account with this slug.
///
/// # Errors
/// Returns [`Error::NotFound`] if there is none, or another [`Error`] if the database fails.
pub(super) async fn find_account(service: &Service, seller: &str) -> Result<AccountId> {
    Ok(AccountId(find_row(service, seller).await?.id))
}

/// Returns the slug of an account.
///
/// # Errors
/// As [`find_account`].
pub(super) async fn slug_of(service: &Service, account: AccountId) -> Result<String> {
    let row = accounts::Entity::find_by_id(account.0).one(service.store.read()).await?;
    row.map(|row| row.slug).ok_or(Error::NotFound)
}

async fn find_row(service: &Service, seller: &str) -> Result<accounts::Model> {
    let find = accounts::Entity::find().filter(accounts::Column::Slug.eq(seller));
    find.one(service.store.read()).await?.ok_or(Error::NotFound)
}
