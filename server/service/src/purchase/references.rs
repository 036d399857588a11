//! Ids by which events name a purchase: of its subscription, order, invoices and payments.

use domain::ShopConnectionId;
use domain::purchase::PurchaseEvent;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::{purchase_references, purchases};

/// A known purchase of an event.
pub(super) struct KnownPurchase {
    pub purchase: purchases::Model,
    /// Whether the payment of the event has not been counted yet.
    pub is_new_payment: bool,
    /// References of the event that the purchase does not have yet.
    pub new_references: Vec<String>,
}

/// Finds the purchase that an event is about, by any of its references. The connection must be locked.
pub(super) async fn find(
    txn: &WriteTxn,
    connection: ShopConnectionId,
    event: &PurchaseEvent,
) -> Result<Option<KnownPurchase>> {
    let named: Vec<&String> = all_of(event).collect();
    let known = purchase_references::Entity::find()
        .filter(purchase_references::Column::ConnectionId.eq(connection.0))
        .filter(purchase_references::Column::Reference.is_in(named.iter().map(|text| text.as_str())))
        .all(txn.conn())
        .await?;
    let of = |reference: &String| known.iter().find(|row| row.reference == *reference);
    // In the order of the event: the first reference is the most exact one.
    let Some(id) = named.iter().copied().find_map(of).map(|row| row.purchase_id) else {
        return Ok(None);
    };
    let is_new_payment = event.payment.as_ref().is_some_and(|payment| of(payment).is_none());
    let new_references = named.into_iter().filter(|&reference| of(reference).is_none()).cloned().collect();
    let purchase = purchases::Entity::find_by_id(id).one(txn.conn()).await?;
    Ok(purchase.map(|purchase| KnownPurchase { purchase, is_new_payment, new_references }))
}

/// Adds references to a purchase.
pub(super) async fn add(txn: &WriteTxn, purchase: &purchases::Model, references: Vec<String>) -> Result<()> {
    if references.is_empty() {
        return Ok(());
    }
    let row = |reference| purchase_references::Model {
        connection_id: purchase.connection_id,
        reference,
        account_id: purchase.account_id,
        purchase_id: purchase.id,
    };
    let rows = references.into_iter().map(|reference| row(reference).into_active_model().reset_all());
    purchase_references::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
    Ok(())
}

/// Makes the row of a new purchase with the references of its event.
pub(super) async fn insert(txn: &WriteTxn, purchase: &purchases::Model, event: &PurchaseEvent) -> Result<()> {
    let references: Vec<String> = all_of(event).cloned().collect();
    let row = purchase.clone().into_active_model().reset_all();
    purchases::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    add(txn, purchase, references).await
}

/// Stores what changed of a purchase.
pub(super) async fn update(txn: &WriteTxn, purchase: purchases::Model) -> Result<()> {
    let row = purchase.into_active_model().reset_all();
    purchases::Entity::update(row).exec(txn.conn()).await?;
    Ok(())
}

/// Returns the purchases of a buyer, the newest first.
pub(super) async fn of_buyer(
    txn: &WriteTxn,
    connection: Uuid,
    buyer: &str,
    limit: u64,
) -> Result<Vec<purchases::Model>> {
    let find = purchases::Entity::find()
        .filter(purchases::Column::ConnectionId.eq(connection))
        .filter(purchases::Column::Buyer.eq(buyer));
    Ok(find.order_by_desc(purchases::Column::Id).limit(limit).all(txn.conn()).await?)
}

fn all_of(event: &PurchaseEvent) -> impl Iterator<Item = &String> {
    let payment = event.payment.iter().filter(move |&payment| !event.references.contains(payment));
    event.references.iter().chain(payment)
}
