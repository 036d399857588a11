//! Dashboard sessions as rows. The id is stored as a keyed digest, so that a copied database opens
//! no session.

mod digest;
mod of_user;

use domain::{AccountId, Timestamp, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use uuid::Uuid;

use crate::store::convert;
use crate::store::entity::sessions;
use crate::{Result, Service};

use digest::digest;
pub use of_user::{end, end_others, list};

/// The stored data of a session.
#[derive(Default)]
pub struct SessionRecord {
    /// The session data as text.
    pub data: String,
    /// Expiry of the session.
    pub expires_at: Timestamp,
    /// The account that the user chose; a removal from the account ends the session.
    pub account: Option<AccountId>,
    /// The sign-in. `None` if no user has signed in.
    pub opened_at: Option<Timestamp>,
    /// The last use, some minutes late.
    pub last_used_at: Option<Timestamp>,
    /// The client's address at the sign-in, if known.
    pub address: Option<String>,
    /// The browser's user agent at the sign-in, if known.
    pub user_agent: Option<String>,
}

/// Inserts a session. Returns false if its id is in use.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn create(
    service: &Service,
    id: &[u8],
    user: Option<UserId>,
    stored: SessionRecord,
) -> Result<bool> {
    let txn = service.begin_write().await?;
    let row = row(service, id, user, stored);
    let conflict = OnConflict::column(sessions::Column::IdDigest).do_nothing().to_owned();
    let inserted =
        sessions::Entity::insert(row).on_conflict(conflict).exec_without_returning(txn.conn()).await?;
    txn.commit().await?;
    Ok(inserted > 0)
}

/// Updates a session.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn save(service: &Service, id: &[u8], user: Option<UserId>, stored: SessionRecord) -> Result<()> {
    let txn = service.begin_write().await?;
    sessions::Entity::update_many()
        .set(row(service, id, user, stored))
        .filter(sessions::Column::IdDigest.eq(digest(service, id)))
        .exec(txn.conn())
        .await?;
    txn.commit().await
}

fn row(service: &Service, id: &[u8], user: Option<UserId>, stored: SessionRecord) -> sessions::ActiveModel {
    sessions::ActiveModel {
        id_digest: Set(digest(service, id)),
        user_id: Set(user.map(|u: UserId| -> Uuid { u.0 })),
        data: Set(stored.data),
        expires_at: Set(stored.expires_at.millis()),
        account_id: Set(stored.account.map(|account| account.0)),
        opened_at: Set(stored.opened_at.map(Timestamp::millis)),
        last_used_at: Set(stored.last_used_at.map(Timestamp::millis)),
        address: Set(stored.address),
        user_agent: Set(stored.user_agent),
    }
}

/// Loads a session that has not expired.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn load(service: &Service, id: &[u8]) -> Result<Option<SessionRecord>> {
    let found = sessions::Entity::find_by_id(digest(service, id)).one(service.store.read()).await?;
    let stored = found.map(|row| SessionRecord {
        data: row.data,
        expires_at: Timestamp::from_millis(row.expires_at),
        account: row.account_id.map(AccountId),
        opened_at: convert::to_timestamp(row.opened_at),
        last_used_at: convert::to_timestamp(row.last_used_at),
        address: row.address,
        user_agent: row.user_agent,
    });
    Ok(stored.filter(|s| s.expires_at > service.now()))
}

/// Deletes a session.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn delete(service: &Service, id: &[u8]) -> Result<()> {
    let txn = service.begin_write().await?;
    sessions::Entity::delete_by_id(digest(service, id)).exec(txn.conn()).await?;
    txn.commit().await
}

/// Deletes expired sessions.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn delete_expired(service: &Service) -> Result<()> {
    let txn = service.begin_write().await?;
    sessions::Entity::delete_many()
        .filter(sessions::Column::ExpiresAt.lte(service.now().millis()))
        .exec(txn.conn())
        .await?;
    txn.commit().await
}
