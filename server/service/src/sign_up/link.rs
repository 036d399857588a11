//! Rows of links.

use domain::invitation::InvitationState;
use domain::sign_up::{LinkOrigin, link_refusal};
use domain::{Email, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select, Set,
};
use uuid::Uuid;

use crate::secrets::{Keyring, Purpose};
use crate::store::entity::sign_up_links;
use crate::store::{WriteTxn, convert};
use crate::{Error, Principal, Result, Service, new_id, random};

/// A link that was just made.
pub(crate) struct MadeLink {
    pub id: Uuid,
    /// The token in clear text. It cannot be read again.
    pub token: String,
    pub expires_at: Timestamp,
}

fn token_digest(keys: &Keyring, token: &str) -> Vec<u8> {
    keys.digest(Purpose::SignUpLink, token.as_bytes()).to_vec()
}

/// Makes a link. `inviter` is the operator; without one, the link proves the address.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn insert(
    txn: &WriteTxn,
    keys: &Keyring,
    inviter: Option<&Principal>,
    email: Option<&Email>,
    lifetime_ms: i64,
) -> Result<MadeLink> {
    let (id, token, now) = (new_id(), random::stored_token(), txn.now());
    let expires_at = now.plus_millis(lifetime_ms);
    let row = sign_up_links::ActiveModel {
        id: Set(id),
        token_digest: Set(token_digest(keys, &token)),
        invited_by: Set(inviter.and_then(|inviter| inviter.actor_id_and_ip().0)),
        invited_by_name: Set(inviter.map(|inviter| inviter.name().to_owned())),
        email: Set(email.map(Email::to_string)),
        created_at: Set(now.millis()),
        expires_at: Set(expires_at.millis()),
        used_at: Set(None),
        withdrawn_at: Set(None),
    };
    sign_up_links::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    Ok(MadeLink { id, token, expires_at })
}

/// Finds the link of a token.
///
/// # Errors
/// Returns [`Error::NotFound`] if no link has the token, or another [`Error`] if the database fails.
pub(super) async fn find_by_token(
    db: &impl ConnectionTrait,
    keys: &Keyring,
    token: &str,
) -> Result<sign_up_links::Model> {
    sign_up_links::Entity::find()
        .filter(sign_up_links::Column::TokenDigest.eq(token_digest(keys, token)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Loads a link and locks it until the transaction ends. Of two people who use one link at once, the second
/// waits here.
///
/// # Errors
/// Returns [`Error::NotFound`] if there is no such link, or another [`Error`] if the database fails.
pub(crate) async fn lock(txn: &WriteTxn, id: Uuid) -> Result<sign_up_links::Model> {
    let mut find = sign_up_links::Entity::find_by_id(id);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}

/// Selects the open invitations of operators, the oldest first.
pub(crate) fn find_open_invitations(now: Timestamp) -> Select<sign_up_links::Entity> {
    sign_up_links::Entity::find()
        .filter(sign_up_links::Column::InvitedBy.is_not_null())
        .filter(sign_up_links::Column::UsedAt.is_null())
        .filter(sign_up_links::Column::WithdrawnAt.is_null())
        .filter(sign_up_links::Column::ExpiresAt.gt(now.millis()))
        .order_by_asc(sign_up_links::Column::Id)
}

/// Returns how the holder got the link.
pub(crate) fn origin(row: &sign_up_links::Model) -> LinkOrigin {
    if row.invited_by.is_some() { LinkOrigin::Operator } else { LinkOrigin::Request }
}

/// Returns the state of a link.
pub(crate) fn state(row: &sign_up_links::Model, now: Timestamp) -> InvitationState {
    let (used_at, withdrawn_at) =
        (convert::to_timestamp(row.used_at), convert::to_timestamp(row.withdrawn_at));
    InvitationState::at(now, Timestamp::from_millis(row.expires_at), used_at, withdrawn_at)
}

/// Returns why the link cannot be used now. `None` if it can.
pub(super) fn refusal(service: &Service, row: &sign_up_links::Model, now: Timestamp) -> Option<&'static str> {
    link_refusal(service.sign_up_policy(), origin(row), state(row, now))
}

/// Checks that the link can be used now.
///
/// # Errors
/// [`Error::Conflict`] with the reason if it cannot.
pub(super) fn require_usable(service: &Service, row: &sign_up_links::Model, now: Timestamp) -> Result<()> {
    refusal(service, row, now).map_or(Ok(()), |reason| Err(Error::Conflict(reason.into())))
}

/// Stores that the link was used. The row must be locked.
pub(super) async fn set_used(txn: &WriteTxn, id: Uuid) -> Result<()> {
    set_time(txn, id, sign_up_links::Column::UsedAt).await
}

/// Stores that the invitation was withdrawn. The row must be locked.
pub(crate) async fn set_withdrawn(txn: &WriteTxn, id: Uuid) -> Result<()> {
    set_time(txn, id, sign_up_links::Column::WithdrawnAt).await
}

async fn set_time(txn: &WriteTxn, id: Uuid, column: sign_up_links::Column) -> Result<()> {
    sign_up_links::Entity::update_many()
        .col_expr(column, Expr::value(txn.now().millis()))
        .filter(sign_up_links::Column::Id.eq(id))
        .exec(txn.conn())
        .await?;
    Ok(())
}
