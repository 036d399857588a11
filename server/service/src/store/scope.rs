//! Tenant-scoped queries. Rows of another account are reported as not found.

use domain::{AccountId, CustomerId, LicenseId, ProductId};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::WriteTxn;
use super::entity::{customers, licenses, products};
use crate::{Error, Result};

/// Loads a license of the account.
///
/// # Errors
/// Returns [`Error::NotFound`] if the account has no such license, or another [`Error`] if the database
/// fails.
pub async fn license(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: LicenseId,
) -> Result<licenses::Model> {
    licenses::Entity::find_by_id(id.0)
        .filter(licenses::Column::AccountId.eq(account.0))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Loads a license of the account and locks it until the transaction ends. Errors as [`license`].
pub async fn lock_license(txn: &WriteTxn, account: AccountId, id: LicenseId) -> Result<licenses::Model> {
    let mut find = licenses::Entity::find_by_id(id.0).filter(licenses::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}

/// Loads a customer of the account. Errors as [`license`].
pub async fn customer(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: CustomerId,
) -> Result<customers::Model> {
    customers::Entity::find_by_id(id.0)
        .filter(customers::Column::AccountId.eq(account.0))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Loads a customer of the account and locks it until the transaction ends. Customers are locked before
/// licenses, and in the order of their ids. Errors as [`license`].
pub async fn lock_customer(txn: &WriteTxn, account: AccountId, id: CustomerId) -> Result<customers::Model> {
    let mut find = customers::Entity::find_by_id(id.0).filter(customers::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}

/// Loads a product of the account. Errors as [`license`].
pub async fn product(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: ProductId,
) -> Result<products::Model> {
    products::Entity::find_by_id(id.0)
        .filter(products::Column::AccountId.eq(account.0))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Loads a product of the account and locks it against other changes until the transaction ends. Licenses and
/// trials can be added meanwhile. Errors as [`license`].
pub async fn lock_product(txn: &WriteTxn, account: AccountId, id: ProductId) -> Result<products::Model> {
    lock_product_row(txn, account, id, LockType::NoKeyUpdate).await
}

/// Loads a product of the account and locks it, also against rows that refer to it. Errors as [`license`].
pub async fn lock_product_for_delete(
    txn: &WriteTxn,
    account: AccountId,
    id: ProductId,
) -> Result<products::Model> {
    lock_product_row(txn, account, id, LockType::Update).await
}

async fn lock_product_row(
    txn: &WriteTxn,
    account: AccountId,
    id: ProductId,
    lock: LockType,
) -> Result<products::Model> {
    let mut find = products::Entity::find_by_id(id.0).filter(products::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        find = find.lock(lock);
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}
