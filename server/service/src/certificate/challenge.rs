//! Answers to the challenges of a running order. Any node gives them.

use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, Set};
use zeroize::Zeroizing;

use crate::secrets::Purpose;
use crate::store::entity::acme_challenges::{ActiveModel, Column, Entity};
use crate::{Result, Service, random_id};

/// Challenges are kept this long, in milliseconds: an authority may ask again after the order has ended.
const LIFETIME_MS: i64 = 60 * 60_000;

/// Stores the answer to a challenge, replacing that of the same token. Deletes answers of earlier orders.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn store_challenge(service: &Service, token: &str, answer: &str) -> Result<()> {
    let id = random_id();
    let txn = service.begin_write().await?;
    let outdated = Condition::any()
        .add(Column::CreatedAt.lt(txn.now().millis() - LIFETIME_MS))
        .add(Column::Token.eq(token));
    Entity::delete_many().filter(outdated).exec(txn.conn()).await?;
    let row = ActiveModel {
        id: Set(id),
        token: Set(token.to_owned()),
        answer_sealed: Set(service.keys.seal(Purpose::AcmeChallenge, id, answer.as_bytes())?),
        created_at: Set(txn.now().millis()),
    };
    Entity::insert(row).exec_without_returning(txn.conn()).await?;
    txn.commit().await
}

/// Returns the answer to a challenge.
///
/// # Errors
/// Returns an error if the database fails, or the answer was sealed by another master key.
pub async fn challenge_answer(service: &Service, token: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let found = Entity::find().filter(Column::Token.eq(token)).one(service.store.read()).await?;
    let Some(row) = found else { return Ok(None) };
    service.keys.open(Purpose::AcmeChallenge, row.id, &row.answer_sealed).map(Some)
}

/// Deletes the answers of an order that has ended.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn delete_challenges(service: &Service, tokens: &[String]) -> Result<()> {
    if tokens.is_empty() {
        return Ok(());
    }
    let txn = service.begin_write().await?;
    let tokens = tokens.iter().map(String::as_str);
    Entity::delete_many().filter(Column::Token.is_in(tokens)).exec(txn.conn()).await?;
    txn.commit().await
}
