//! The products that follow a license template or a trial policy, which change with it.

use domain::event::Event;
use sea_orm::sea_query::{IntoCondition, LockType};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::event::product_event;
use crate::store::WriteTxn;
use crate::store::entity::products;
use crate::{Actor, Result};

/// Returns whether a product of the account meets a condition on its license template or trial policy.
pub(crate) async fn has_followers(
    txn: &WriteTxn,
    actor: &Actor,
    condition: impl IntoCondition,
) -> Result<bool> {
    let product: Option<Uuid> = products::Entity::find()
        .select_only()
        .column(products::Column::Id)
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(condition)
        .into_tuple()
        .one(txn.conn())
        .await?;
    Ok(product.is_some())
}

/// Writes the copies of the products that meet a condition on their license template or trial policy, in the order of
/// their ids. `rules` names these in the audit log, and `write` sets the columns.
pub(crate) async fn update_followers(
    txn: &mut WriteTxn,
    actor: &Actor,
    condition: impl IntoCondition,
    rules: &str,
    write: impl Fn(&mut products::ActiveModel),
) -> Result<()> {
    let mut find = products::Entity::find()
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(condition)
        .order_by_asc(products::Column::Id);
    if txn.needs_row_locks() {
        find = find.lock(LockType::NoKeyUpdate);
    }
    for product in find.all(txn.conn()).await? {
        let mut update = product.into_active_model();
        write(&mut update);
        update.updated_at = Set(txn.now().millis());
        let row = update.update(txn.conn()).await?;
        txn.record(actor, product_event(Event::ProductUpdated, &row).detail(rules));
    }
    Ok(())
}
