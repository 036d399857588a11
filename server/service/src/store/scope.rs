//! Tenant-scoped queries. Rows of another account are reported as not found.

use std::collections::HashMap;

use domain::{
    AccountId, CustomerId, LicenseId, LicenseTemplateId, OrganizationId, ProductId, TagId, TrialPolicyId,
};
use sea_orm::sea_query::{LockType, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseBackend, EntityTrait, PrimaryKeyTrait, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::WriteTxn;
use super::entity::{
    accounts, customers, license_templates, licenses, organizations, products, tags, trial_policies,
};
use super::row_values::{ColumnType, Columns, in_rows, row};
use crate::{Error, Result};

/// Loads an account and locks it until the transaction ends. Rows that refer to it can be added meanwhile.
///
/// # Errors
/// Returns [`Error::NotFound`] if the account does not exist, or another [`Error`] if the database fails.
pub async fn lock_account(txn: &WriteTxn, account: AccountId) -> Result<accounts::Model> {
    let mut find = accounts::Entity::find_by_id(account.0);
    if txn.needs_row_locks() {
        find = find.lock(LockType::NoKeyUpdate);
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}

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
    find_row::<licenses::Entity>(db, licenses::Column::AccountId, account, id.0).await
}

/// Loads a license of the account and locks it until the transaction ends. Errors as [`license`].
pub async fn lock_license(txn: &WriteTxn, account: AccountId, id: LicenseId) -> Result<licenses::Model> {
    lock_row::<licenses::Entity>(txn, licenses::Column::AccountId, account, id.0, LockType::Update).await
}

/// Loads a customer of the account. Errors as [`license`].
pub async fn customer(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: CustomerId,
) -> Result<customers::Model> {
    find_row::<customers::Entity>(db, customers::Column::AccountId, account, id.0).await
}

/// Returns the condition that customers of the account have one of these addresses. As pairs, because of two plain
/// conditions a planner without statistics may use the account's alone.
///
/// # Errors
/// Returns an error if the addresses cannot be written as JSON.
pub fn customers_with_emails<'a>(
    backend: DatabaseBackend,
    account: AccountId,
    emails: impl IntoIterator<Item = &'a str>,
) -> Result<SimpleExpr> {
    let columns: Columns = &[("account_id", ColumnType::Uuid), ("email", ColumnType::Text)];
    let pairs: Vec<_> = emails.into_iter().map(|email| row![account.0, email]).collect();
    in_rows(backend, columns, &pairs)
}

/// Loads a customer of the account and locks it until the transaction ends. Customers are locked before
/// licenses, and in the order of their ids. Errors as [`license`].
pub async fn lock_customer(txn: &WriteTxn, account: AccountId, id: CustomerId) -> Result<customers::Model> {
    lock_row::<customers::Entity>(txn, customers::Column::AccountId, account, id.0, LockType::Update).await
}

/// Loads customers of the account and locks them in the order of their ids, as [`lock_customer`] does. Missing
/// ones are left out. The account is compared afterwards: in the condition it could make a planner read all of
/// its customers.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn lock_customers(
    txn: &WriteTxn,
    account: AccountId,
    ids: Vec<Uuid>,
    lock: LockType,
) -> Result<Vec<customers::Model>> {
    let mut found = lock_rows::<customers::Entity>(txn, ids, customers::Column::Id, lock).await?;
    found.retain(|row| row.account_id == account.0);
    Ok(found)
}

/// Loads rows by their ids and locks them in this order. Missing ones are left out.
async fn lock_rows<E: EntityTrait>(
    txn: &WriteTxn,
    ids: Vec<Uuid>,
    id: E::Column,
    lock: LockType,
) -> Result<Vec<E::Model>> {
    let Some(condition) = ids_condition(txn.conn().get_database_backend(), ids)? else {
        return Ok(Vec::new());
    };
    let mut find = E::find().filter(condition).order_by_asc(id);
    if txn.needs_row_locks() {
        find = find.lock(lock);
    }
    Ok(find.all(txn.conn()).await?)
}

/// Loads a product of the account. Errors as [`license`].
pub async fn product(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: ProductId,
) -> Result<products::Model> {
    find_row::<products::Entity>(db, products::Column::AccountId, account, id.0).await
}

/// Loads a product of the account and locks it against other changes until the transaction ends. Licenses and
/// trials can be added meanwhile. Errors as [`license`].
pub async fn lock_product(txn: &WriteTxn, account: AccountId, id: ProductId) -> Result<products::Model> {
    lock_row::<products::Entity>(txn, products::Column::AccountId, account, id.0, LockType::NoKeyUpdate).await
}

/// Loads a product of the account and locks it, also against rows that refer to it. Errors as [`license`].
pub async fn lock_product_for_delete(
    txn: &WriteTxn,
    account: AccountId,
    id: ProductId,
) -> Result<products::Model> {
    lock_row::<products::Entity>(txn, products::Column::AccountId, account, id.0, LockType::Update).await
}

/// Loads an organization of the account. Errors as [`license`].
pub async fn organization(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: OrganizationId,
) -> Result<organizations::Model> {
    let found = organizations::Entity::find_by_id(id.0).one(db).await?;
    found.filter(|row| row.account_id == account.0).ok_or(Error::NotFound)
}

/// Loads organizations of the account and locks them in the order of their ids, after customers and licenses.
/// Missing ones are left out. The account is compared afterwards, as in [`lock_customers`].
///
/// # Errors
/// Returns an error if the database fails.
pub async fn lock_organizations(
    txn: &WriteTxn,
    account: AccountId,
    ids: Vec<Uuid>,
    lock: LockType,
) -> Result<Vec<organizations::Model>> {
    let mut found = lock_rows::<organizations::Entity>(txn, ids, organizations::Column::Id, lock).await?;
    found.retain(|row| row.account_id == account.0);
    Ok(found)
}

/// Loads an organization of the account and locks it against other changes until the transaction ends. Customers and
/// licenses can join it meanwhile. Errors as [`license`].
pub async fn lock_organization(
    txn: &WriteTxn,
    account: AccountId,
    id: OrganizationId,
) -> Result<organizations::Model> {
    let mut find = organizations::Entity::find_by_id(id.0);
    if txn.needs_row_locks() {
        find = find.lock(LockType::NoKeyUpdate);
    }
    let found = find.one(txn.conn()).await?;
    found.filter(|row| row.account_id == account.0).ok_or(Error::NotFound)
}

/// Loads a tag of the account. Errors as [`license`].
pub async fn tag(db: &impl ConnectionTrait, account: AccountId, id: TagId) -> Result<tags::Model> {
    find_row::<tags::Entity>(db, tags::Column::AccountId, account, id.0).await
}

/// Loads a tag of the account and locks it, also against objects that get it, until the transaction ends. Errors as
/// [`license`].
pub async fn lock_tag(txn: &WriteTxn, account: AccountId, id: TagId) -> Result<tags::Model> {
    lock_row::<tags::Entity>(txn, tags::Column::AccountId, account, id.0, LockType::Update).await
}

/// Loads a license template of the account and locks it until the transaction ends. Errors as [`license`].
pub async fn lock_license_template(
    txn: &WriteTxn,
    account: AccountId,
    id: LicenseTemplateId,
    lock: LockType,
) -> Result<license_templates::Model> {
    let column = license_templates::Column::AccountId;
    lock_row::<license_templates::Entity>(txn, column, account, id.0, lock).await
}

/// Loads a trial policy of the account and locks it until the transaction ends. Errors as [`license`].
pub async fn lock_trial_policy(
    txn: &WriteTxn,
    account: AccountId,
    id: TrialPolicyId,
    lock: LockType,
) -> Result<trial_policies::Model> {
    lock_row::<trial_policies::Entity>(txn, trial_policies::Column::AccountId, account, id.0, lock).await
}

/// Loads rows of the account by their ids, in no order. Missing ones are left out. The account is compared afterwards,
/// as in [`lock_customers`].
///
/// # Errors
/// Returns an error if the database fails.
pub async fn rows_by_ids<E: EntityTrait>(
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: Vec<Uuid>,
    account_of: fn(&E::Model) -> Uuid,
) -> Result<Vec<E::Model>> {
    let Some(condition) = ids_condition(db.get_database_backend(), ids)? else { return Ok(Vec::new()) };
    let mut found = E::find().filter(condition).all(db).await?;
    found.retain(|row| account_of(row) == account.0);
    Ok(found)
}

/// Loads a text of rows of the account by their ids, with one statement that reads no other column. `columns` are those
/// of the id, of the account and of the text. Rows of other accounts and rows without a text are left out.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn texts_by_ids<E: EntityTrait>(
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: Vec<Uuid>,
    columns: [E::Column; 3],
) -> Result<HashMap<Uuid, String>> {
    let Some(condition) = ids_condition(db.get_database_backend(), ids)? else { return Ok(HashMap::new()) };
    let found: Vec<(Uuid, Uuid, Option<String>)> =
        E::find().select_only().columns(columns).filter(condition).into_tuple().all(db).await?;
    let own = found.into_iter().filter(|(_, of_account, _)| *of_account == account.0);
    Ok(own.filter_map(|(id, _, text)| Some((id, text?))).collect())
}

/// Returns the condition that the column `id` is one of these; `None` if there are none.
fn ids_condition(backend: DatabaseBackend, mut ids: Vec<Uuid>) -> Result<Option<SimpleExpr>> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(None);
    }
    let rows: Vec<_> = ids.into_iter().map(|id| row![id]).collect();
    in_rows(backend, &[("id", ColumnType::Uuid)], &rows).map(Some)
}

/// Loads a row of the account by its id.
async fn find_row<E>(
    db: &impl ConnectionTrait,
    account_column: E::Column,
    account: AccountId,
    id: Uuid,
) -> Result<E::Model>
where
    E: EntityTrait,
    E::PrimaryKey: PrimaryKeyTrait<ValueType = Uuid>,
{
    E::find_by_id(id).filter(account_column.eq(account.0)).one(db).await?.ok_or(Error::NotFound)
}

/// Loads a row of the account by its id and locks it.
async fn lock_row<E>(
    txn: &WriteTxn,
    account_column: E::Column,
    account: AccountId,
    id: Uuid,
    lock: LockType,
) -> Result<E::Model>
where
    E: EntityTrait,
    E::PrimaryKey: PrimaryKeyTrait<ValueType = Uuid>,
{
    let mut find = E::find_by_id(id).filter(account_column.eq(account.0));
    if txn.needs_row_locks() {
        find = find.lock(lock);
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}
