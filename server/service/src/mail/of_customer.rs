//! Mails to one customer.

use domain::CustomerId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::mails;

/// Deletes all mails to a customer who is erased. The customer must be locked.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn delete_of_customer(txn: &WriteTxn, customer: CustomerId) -> Result<()> {
    mails::Entity::delete_many().filter(mails::Column::CustomerId.eq(customer.0)).exec(txn.conn()).await?;
    Ok(())
}

/// Moves all mails to the customer who is kept in a merger. Both customers must be locked.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn move_to_customer(txn: &WriteTxn, from: CustomerId, to: CustomerId) -> Result<()> {
    mails::Entity::update_many()
        .col_expr(mails::Column::CustomerId, Expr::value(to.0))
        .filter(mails::Column::CustomerId.eq(from.0))
        .exec(txn.conn())
        .await?;
    Ok(())
}
