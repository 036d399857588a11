//! The account at the authority of a directory.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::secrets::Purpose;
use crate::store::entity::acme_accounts::{ActiveModel, Column, Entity};
use crate::{Result, Service, random_id};

/// A stored account.
pub struct StoredAccount {
    /// The id of its row.
    pub id: Uuid,
    /// The e-mail address that the authority knows.
    pub contact: Option<String>,
    /// Its private key and address, as the client of the protocol wrote them. `None` if they do not open: they were sealed
    /// by another master key, or altered.
    pub credentials: Option<Zeroizing<Vec<u8>>>,
}

/// Returns the account at the authority of a directory.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn account(service: &Service, directory: &str) -> Result<Option<StoredAccount>> {
    let found = Entity::find().filter(Column::Directory.eq(directory)).one(service.store.read()).await?;
    let Some(row) = found else { return Ok(None) };
    let credentials = service.keys.open(Purpose::AcmeAccount, row.id, &row.credentials_sealed).ok();
    Ok(Some(StoredAccount { id: row.id, contact: row.contact, credentials }))
}

/// Stores a new account in place of an unusable one, unless another node was first. Returns the id of the new row.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn store_account(
    service: &Service,
    replaced: Option<Uuid>,
    directory: &str,
    contact: Option<&str>,
    credentials: &[u8],
) -> Result<Uuid> {
    let id = random_id();
    let txn = service.begin_write().await?;
    if let Some(replaced) = replaced {
        Entity::delete_by_id(replaced).exec(txn.conn()).await?;
    }
    let row = ActiveModel {
        id: Set(id),
        directory: Set(directory.to_owned()),
        contact: Set(contact.map(ToOwned::to_owned)),
        credentials_sealed: Set(service.keys.seal(Purpose::AcmeAccount, id, credentials)?),
        created_at: Set(txn.now().millis()),
    };
    let known = OnConflict::column(Column::Directory).do_nothing().to_owned();
    Entity::insert(row).on_conflict(known).exec_without_returning(txn.conn()).await?;
    txn.commit().await?;
    Ok(id)
}

/// Deletes an account that its authority refuses. The next order makes a new one.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn delete_account(service: &Service, id: Uuid) -> Result<()> {
    let txn = service.begin_write().await?;
    Entity::delete_by_id(id).exec(txn.conn()).await?;
    txn.commit().await
}

/// Notes the e-mail address that the authority knows now.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn note_contact(service: &Service, id: Uuid, contact: Option<&str>) -> Result<()> {
    let txn = service.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::Contact, Expr::value(contact.map(ToOwned::to_owned)))
        .filter(Column::Id.eq(id))
        .exec(txn.conn())
        .await?;
    txn.commit().await
}
