//! The sessions of one user: listed, and ended by the user.

use data_encoding::BASE64URL_NOPAD;
use domain::event::Event;
use domain::user_agent;
use domain::view::SessionRow;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::digest::digest;
use crate::account::record_own;
use crate::store::convert;
use crate::store::entity::sessions;
use crate::{Actor, Error, Result, Service};

/// Maximum number of sessions listed.
const MAX_SESSIONS_LISTED: u64 = 100;

/// Returns the actor's sessions that have not expired, the last used first. `current` is the id of the session
/// that asks.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn list(service: &Service, actor: &Actor, current: &[u8]) -> Result<Vec<SessionRow>> {
    let user = actor.own_user()?;
    let current = digest(service, current);
    let rows = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(user.0))
        .filter(sessions::Column::ExpiresAt.gt(service.now().millis()))
        .order_by_desc(sessions::Column::ExpiresAt)
        .limit(MAX_SESSIONS_LISTED)
        .all(service.store.read())
        .await?;
    let row = |row: sessions::Model| SessionRow {
        is_current: row.id_digest == current,
        // The digest is keyed, so that it opens no session.
        id: BASE64URL_NOPAD.encode(&row.id_digest),
        browser: user_agent::describe(row.user_agent.as_deref().unwrap_or_default()),
        user_agent: row.user_agent,
        address: row.address,
        opened_at: convert::to_timestamp(row.opened_at),
        last_used_at: convert::to_timestamp(row.last_used_at),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Ends one of the actor's sessions by its id in the list.
///
/// # Errors
/// Returns [`Error::NotFound`] if the user has no such session, or another [`Error`] if the database fails.
#[tracing::instrument(name = "session.end", skip_all, err(level = "debug"))]
pub async fn end(service: &Service, actor: &Actor, id: &str) -> Result<()> {
    let user = actor.own_user()?;
    let digest = BASE64URL_NOPAD.decode(id.as_bytes()).map_err(|_| Error::NotFound)?;
    let mut txn = service.begin_write().await?;
    let ended = sessions::Entity::delete_many()
        .filter(sessions::Column::IdDigest.eq(digest))
        .filter(sessions::Column::UserId.eq(user.0))
        .exec(txn.conn())
        .await?;
    if ended.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    record_own(&mut txn, actor, Event::SessionsEnded, Some("1".into())).await?;
    txn.commit().await
}

/// Ends all sessions of the actor but the one with the id `current`. Returns their number.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "session.end_others", skip_all, err(level = "debug"))]
pub async fn end_others(service: &Service, actor: &Actor, current: &[u8]) -> Result<u64> {
    let user = actor.own_user()?;
    let mut txn = service.begin_write().await?;
    let ended = sessions::Entity::delete_many()
        .filter(sessions::Column::UserId.eq(user.0))
        .filter(sessions::Column::IdDigest.ne(digest(service, current)))
        .exec(txn.conn())
        .await?
        .rows_affected;
    if ended > 0 {
        record_own(&mut txn, actor, Event::SessionsEnded, Some(ended.to_string())).await?;
    }
    txn.commit().await?;
    Ok(ended)
}
