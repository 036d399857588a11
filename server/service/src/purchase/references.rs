//! Ids by which events name a purchase: of its subscription, order, invoices and payments.

use domain::purchase::{KnownPayment, PurchaseEvent, PurchaseKind};
use domain::{ShopConnectionId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::Result;
use crate::store::entity::{purchase_references, purchases};
use crate::store::{WriteTxn, convert};

/// A known purchase of an event.
pub(super) struct KnownPurchase {
    pub purchase: purchases::Model,
    /// Whether the payment of the event has not been counted yet.
    pub is_new_payment: bool,
    /// What is known of the payment that the event names.
    pub payment: Option<KnownPayment>,
    /// When the chargeback of that payment was reversed.
    pub reversed_at: Option<i64>,
    /// The references of the event.
    pub references: References,
}

/// References of an event that a purchase does not have yet.
pub(super) struct References {
    new: Vec<String>,
    /// Those of a payment, also if the purchase has them.
    payments: Vec<String>,
    /// Those of a payment that the purchase has, without a time.
    undated: Vec<String>,
    /// Whether the event gives the payment back. The payment is still to be counted if it is not known.
    gives_back: bool,
}

impl References {
    /// Returns the main reference of the payment.
    pub fn payment(&self) -> Option<&String> {
        self.payments.first()
    }
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
    let is_uncounted = |payment: &String| of(payment).is_none_or(|row| row.awaits_payment);
    let is_new_payment = event.payment.as_ref().is_some_and(is_uncounted);
    let own = known.iter().filter(|row| row.purchase_id == id && event.payments.contains(&row.reference));
    let payment = own.clone().filter_map(known_payment).max_by_key(|payment| payment.paid_at);
    let reversed_at = own.clone().filter_map(|row| row.chargeback_reversed_at).max();
    let references = References {
        new: named.into_iter().filter(|&reference| of(reference).is_none()).cloned().collect(),
        payments: event.payments.clone(),
        undated: own.filter(|row| row.paid_at.is_none()).map(|row| row.reference.clone()).collect(),
        gives_back: gives_back(event.kind),
    };
    let purchase = purchases::Entity::find_by_id(id).one(txn.conn()).await?;
    Ok(purchase.map(|purchase| KnownPurchase { purchase, is_new_payment, payment, reversed_at, references }))
}

fn gives_back(kind: PurchaseKind) -> bool {
    matches!(kind, PurchaseKind::Refunded | PurchaseKind::ChargedBack | PurchaseKind::ChargebackReversed)
}

fn known_payment(row: &purchase_references::Model) -> Option<KnownPayment> {
    let (paid_at, pays_period) = row.paid_at.zip(row.pays_period)?;
    let paid_until = convert::to_timestamp(row.paid_until);
    Some(KnownPayment { paid_at: Timestamp::from_millis(paid_at), paid_until, pays_period })
}

/// Returns what is known of the payment that was given back and suspended the license.
pub(super) async fn refunded_payment(
    txn: &WriteTxn,
    purchase: &purchases::Model,
) -> Result<Option<KnownPayment>> {
    let Some(reference) = &purchase.refunded_reference else { return Ok(None) };
    let key = (purchase.connection_id, reference.clone());
    let row = purchase_references::Entity::find_by_id(key).one(txn.conn()).await?;
    Ok(row.filter(|row| row.purchase_id == purchase.id).as_ref().and_then(known_payment))
}

/// Remembers when the chargeback of a payment was reversed.
pub(super) async fn note_reversal(
    txn: &WriteTxn,
    purchase: &purchases::Model,
    event: &PurchaseEvent,
) -> Result<()> {
    use purchase_references::Column as R;
    let at = event.occurred_at.millis();
    let is_older =
        Condition::any().add(R::ChargebackReversedAt.is_null()).add(R::ChargebackReversedAt.lt(at));
    purchase_references::Entity::update_many()
        .col_expr(R::ChargebackReversedAt, Expr::value(at))
        .filter(R::ConnectionId.eq(purchase.connection_id))
        .filter(R::Reference.is_in(event.payments.iter().map(String::as_str)))
        .filter(R::PurchaseId.eq(purchase.id))
        .filter(is_older)
        .exec(txn.conn())
        .await?;
    Ok(())
}

/// Adds references to a purchase. Those of a payment keep what is known of it.
pub(super) async fn add(
    txn: &WriteTxn,
    purchase: &purchases::Model,
    references: References,
    payment: Option<KnownPayment>,
) -> Result<()> {
    let References { new, payments, undated, gives_back } = references;
    if let Some(payment) = payment.filter(|_| !undated.is_empty()) {
        purchase_references::Entity::update_many()
            .col_expr(purchase_references::Column::PaidAt, Expr::value(payment.paid_at.millis()))
            .col_expr(purchase_references::Column::PaysPeriod, Expr::value(payment.pays_period))
            .col_expr(
                purchase_references::Column::PaidUntil,
                Expr::value(payment.paid_until.map(Timestamp::millis)),
            )
            .col_expr(purchase_references::Column::AwaitsPayment, Expr::value(false))
            .filter(purchase_references::Column::ConnectionId.eq(purchase.connection_id))
            .filter(purchase_references::Column::Reference.is_in(undated))
            .exec(txn.conn())
            .await?;
    }
    if new.is_empty() {
        return Ok(());
    }
    let row = |reference: String| {
        let is_of_payment = payments.contains(&reference);
        let payment = payment.filter(|_| is_of_payment);
        let row = purchase_references::Model {
            connection_id: purchase.connection_id,
            reference,
            account_id: purchase.account_id,
            purchase_id: purchase.id,
            paid_at: payment.map(|payment| payment.paid_at.millis()),
            pays_period: payment.map(|payment| payment.pays_period),
            paid_until: payment.and_then(|payment| payment.paid_until).map(Timestamp::millis),
            chargeback_reversed_at: None,
            awaits_payment: gives_back && is_of_payment && payment.is_none(),
        };
        row.into_active_model().reset_all()
    };
    let rows = new.into_iter().map(row);
    purchase_references::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
    Ok(())
}

/// Makes the row of a new purchase with the references of its event.
pub(super) async fn insert(txn: &WriteTxn, purchase: &purchases::Model, event: &PurchaseEvent) -> Result<()> {
    let new = all_of(event).cloned().collect();
    let payments = event.payments.clone();
    let references = References { new, payments, undated: Vec::new(), gives_back: false };
    let row = purchase.clone().into_active_model().reset_all();
    purchases::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    add(txn, purchase, references, event.known_payment()).await
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

/// Returns the references of an event, each once.
fn all_of(event: &PurchaseEvent) -> impl Iterator<Item = &String> {
    let payments = event.payments.iter().filter(move |&payment| !event.references.contains(payment));
    let is_other =
        move |&payment: &&String| !event.references.contains(payment) && !event.payments.contains(payment);
    event.references.iter().chain(payments).chain(event.payment.iter().filter(is_other))
}
