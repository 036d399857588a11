//! Idempotency keys of the management API: the first answer to a key is kept for a day and repeated.

use std::fmt;

use domain::AccountId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set};
use uuid::Uuid;

use crate::secrets::Purpose;
use crate::store::WriteTxn;
use crate::store::entity::idempotent_requests::{ActiveModel, Column, Entity, Model};
use crate::{Result, Service, new_id};

/// How long a key is kept, in milliseconds: a day.
pub(crate) const LIFETIME_MS: i64 = domain::time::DAY_MS;
/// After this time in milliseconds, a request without an answer counts as lost with its node. Longer than any
/// request takes.
const LOST_AFTER_MS: i64 = 60_000;

/// The first request of a key, whose answer [`keep`] or [`discard`] must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim(Uuid);

/// What is known of a key.
#[derive(PartialEq, Eq)]
pub enum Claimed {
    /// This is the first request.
    First(Claim),
    /// The same request was answered before.
    Answered(Vec<u8>),
    /// The first request still runs.
    Running,
    /// The key was used for another request.
    Reused,
}

/// Without the answer, which may hold keys and tokens.
impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First(_) => "First",
            Self::Answered(_) => "Answered",
            Self::Running => "Running",
            Self::Reused => "Reused",
        })
    }
}

/// Claims a key for a request. `token` is the id of the caller's token, and `request` stands for method, path
/// and body. Of several requests at once exactly one is the first.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn claim(
    service: &Service,
    account: AccountId,
    token: Uuid,
    key: &str,
    request: &[u8],
) -> Result<Claimed> {
    let digest = |value: &[u8]| service.keys.digest(Purpose::IdempotentRequest, value).to_vec();
    let key_digest = digest(&[token.as_bytes(), key.as_bytes()].concat());
    let request_digest = digest(request);
    let id = new_id();
    let txn = service.begin_write().await?;
    let row = ActiveModel {
        id: Set(id),
        account_id: Set(account.0),
        key_digest: Set(key_digest.clone()),
        request_digest: Set(request_digest.clone()),
        created_at: Set(txn.now().millis()),
        answer_sealed: Set(None),
    };
    let conflict = OnConflict::column(Column::KeyDigest).do_nothing().to_owned();
    if Entity::insert(row).on_conflict(conflict).exec_without_returning(txn.conn()).await? > 0 {
        txn.commit().await?;
        return Ok(Claimed::First(Claim(id)));
    }
    let mut find = Entity::find().filter(Column::KeyDigest.eq(key_digest));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let Some(known) = find.one(txn.conn()).await? else {
        // Deleted meanwhile: the client's next attempt claims it.
        return Ok(Claimed::Running);
    };
    if is_outdated(&known, txn.now().millis()) {
        renew(&txn, known.id, request_digest).await?;
        txn.commit().await?;
        return Ok(Claimed::First(Claim(known.id)));
    }
    Ok(match known.answer_sealed {
        _ if known.request_digest != request_digest => Claimed::Reused,
        None => Claimed::Running,
        Some(sealed) => {
            Claimed::Answered(service.keys.open(Purpose::IdempotentRequest, known.id, &sealed)?.to_vec())
        }
    })
}

/// Returns whether a key may be claimed anew: it is older than a day, or its request was lost.
fn is_outdated(row: &Model, now: i64) -> bool {
    let age = now - row.created_at;
    age >= LIFETIME_MS || (row.answer_sealed.is_none() && age >= LOST_AFTER_MS)
}

async fn renew(txn: &WriteTxn, id: Uuid, request_digest: Vec<u8>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::RequestDigest, Expr::value(request_digest))
        .col_expr(Column::CreatedAt, Expr::value(txn.now().millis()))
        .col_expr(Column::AnswerSealed, Expr::value(None::<Vec<u8>>))
        .filter(Column::Id.eq(id))
        .exec(txn.conn())
        .await?;
    Ok(())
}

/// Keeps the answer to the first request, sealed.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn keep(service: &Service, claim: Claim, answer: &[u8]) -> Result<()> {
    let sealed = service.keys.seal(Purpose::IdempotentRequest, claim.0, answer)?;
    let txn = service.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::AnswerSealed, Expr::value(sealed))
        .filter(Column::Id.eq(claim.0))
        .exec(txn.conn())
        .await?;
    txn.commit().await
}

/// Gives the key up, so that the request can be repeated: it failed for a reason that passes.
///
/// # Errors
/// Returns an error if the database fails. After a minute the key may be claimed all the same.
pub async fn discard(service: &Service, claim: Claim) -> Result<()> {
    let txn = service.begin_write().await?;
    Entity::delete_many().filter(Column::Id.eq(claim.0)).exec(txn.conn()).await?;
    txn.commit().await
}
