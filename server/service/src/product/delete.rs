//! Deletes a product that nothing ever used.

use domain::ProductId;
use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _};

use super::event::product_event;
use crate::error::is_missing_reference;
use crate::store::change_sink::Change;
use crate::store::entity::{instance, products, signing_keys};
use crate::store::{WriteTxn, convert, scope};
use crate::{Actor, Error, Result, Service};

/// Deletes a product and its signing keys. Its number is not given to another product.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist, licenses or trials of it
/// exist, or the database fails.
#[tracing::instrument(name = "product.delete", skip_all, fields(account = %actor.account, product = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: ProductId) -> Result<()> {
    actor.require(Permission::WriteProduct)?;
    let mut txn = service.begin_write().await?;
    let found = scope::product(txn.conn(), actor.account, id).await?;
    // The instance's row first: a rotation of the master key locks it before signing keys.
    retire_number(&txn, found.number).await?;
    // Excludes licenses and trials that are being inserted: each locks the product by its foreign key.
    let row = scope::lock_product_for_delete(&txn, actor.account, id).await?;
    convert::availability(&row).ensure_deletable()?;
    let change = Change::of_product(actor.account, Trigger::Recorded(Event::ProductDeleted), id.0);
    txn.capture(&[change]).await?;
    signing_keys::Entity::delete_many()
        .filter(signing_keys::Column::AccountId.eq(actor.account.0))
        .filter(signing_keys::Column::ProductId.eq(id.0))
        .exec(txn.conn())
        .await?;
    products::Entity::delete_many()
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(products::Column::Id.eq(id.0))
        .exec(txn.conn())
        .await
        .map_err(|error| match error {
            error if is_missing_reference(&error) => {
                Error::Conflict("A shop is connected to this product. Delete the connection first.".into())
            }
            error => error.into(),
        })?;
    txn.record(actor, product_event(Event::ProductDeleted, &row));
    txn.commit().await
}

/// Keeps the number from being used again.
async fn retire_number(txn: &WriteTxn, number: i64) -> Result<()> {
    let retired = instance::Column::RetiredProductNumber;
    instance::Entity::update_many()
        .col_expr(retired, Expr::value(number))
        .filter(Expr::col(retired).lt(number))
        .exec(txn.conn())
        .await?;
    Ok(())
}
