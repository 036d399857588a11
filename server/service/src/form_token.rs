//! Form tokens: a form that is submitted twice, by a double-click or a retry, counts once.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use sha2::{Digest as _, Sha256};

use crate::store::WriteTxn;
use crate::store::entity::form_tokens;
use crate::{Actor, Result, Service};

/// Lifetime of a used token, in milliseconds: a day.
const LIFETIME_MS: i64 = domain::time::DAY_MS;

/// Marks a token as used within the form's transaction. Returns false if it was used before.
pub(crate) async fn mark_used(txn: &WriteTxn, actor: &Actor, token: &str) -> Result<bool> {
    let row = form_tokens::ActiveModel {
        account_id: Set(actor.account.0),
        token_digest: Set(Sha256::digest(token.as_bytes()).to_vec()),
        created_at: Set(txn.now().millis()),
    };
    let conflict = OnConflict::columns([form_tokens::Column::AccountId, form_tokens::Column::TokenDigest])
        .do_nothing()
        .to_owned();
    let inserted =
        form_tokens::Entity::insert(row).on_conflict(conflict).exec_without_returning(txn.conn()).await?;
    Ok(inserted > 0)
}

/// Deletes the tokens of forms that are older than a day, for a background worker.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn delete_expired(service: &Service) -> Result<()> {
    let txn = service.begin_write().await?;
    form_tokens::Entity::delete_many()
        .filter(form_tokens::Column::CreatedAt.lt(service.now().millis() - LIFETIME_MS))
        .exec(txn.conn())
        .await?;
    txn.commit().await
}
