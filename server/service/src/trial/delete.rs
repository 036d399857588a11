//! Deletes a trial.

use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use domain::{ActivationId, ProductId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QuerySelect as _};

use super::record::event;
use crate::store::change_sink::Change;
use crate::store::entity::{products, trials};
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// Deletes a trial. The limit of the product counts it no longer, and the machine may start another one. Its present
/// token is valid until the former end.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such trial, or the database fails.
#[tracing::instrument(name = "trial.delete", skip_all, fields(account = %actor.account, trial = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: ActivationId) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let find = || trials::Entity::find_by_id(id.0).filter(trials::Column::AccountId.eq(actor.account.0));
    let row = find().one(service.store.read()).await?.ok_or(Error::NotFound)?;
    let mut txn = service.begin_write().await?;
    // The product first, as the start of a trial locks it.
    scope::lock_product(&txn, actor.account, ProductId(row.product_id)).await?;
    let mut locked = find();
    if txn.needs_row_locks() {
        locked = locked.lock_exclusive();
    }
    // Another request may have deleted it, or moved its end, meanwhile.
    let row = locked.one(txn.conn()).await?.ok_or(Error::NotFound)?;
    let change = Change::of_object(actor.account, Trigger::Recorded(Event::TrialDeleted), row.id);
    txn.capture(&[change]).await?;
    trials::Entity::delete_many()
        .filter(trials::Column::Id.eq(id.0))
        .filter(trials::Column::AccountId.eq(actor.account.0))
        .exec(txn.conn())
        .await?;
    let trials_used = products::Column::TrialsUsed;
    products::Entity::update_many()
        .col_expr(trials_used, Expr::col(trials_used).sub(1))
        .filter(products::Column::Id.eq(row.product_id))
        .filter(products::Column::AccountId.eq(actor.account.0))
        .exec(txn.conn())
        .await?;
    txn.record_about(actor, row.id, event(Event::TrialDeleted, &row));
    txn.commit().await
}
