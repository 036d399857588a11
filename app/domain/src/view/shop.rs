//! Connections to shops, their prices and the log of events. The secret is never part of a view.

use serde::{Deserialize, Serialize};

use super::ProductOption;
use crate::purchase::{ShopOutcome, ShopProvider, ShopReaction};
use crate::{LicenseId, ProductId, ShopConnectionId, ShopEventId, ShopPriceId, Timestamp};

/// A connection to a shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopConnectionView {
    /// The connection's id.
    pub id: ShopConnectionId,
    /// The name.
    pub name: String,
    /// The provider.
    pub provider: ShopProvider,
    /// The product of its licenses.
    pub product: ProductId,
    /// The product's name.
    pub product_name: String,
    /// The last four characters of the secret. `None`: the seller has not set it yet.
    pub secret_last_four: Option<String>,
    /// Whether a price without terms gets a license of the product.
    pub issues_unmapped: bool,
    /// After a failed payment.
    pub on_payment_failed: ShopReaction,
    /// After a full refund.
    pub on_refund: ShopReaction,
    /// After the end of a subscription.
    pub on_cancellation: ShopReaction,
    /// Days after the end of a paid period until a license expires.
    pub grace_days: u32,
    /// Whether keys are sent by mail.
    pub sends_keys: bool,
    /// Whether events of the provider's test mode are applied.
    pub accepts_test_events: bool,
    /// When the connection was made.
    pub created_at: Timestamp,
}

/// A price with what its licenses get. Texts are ready for the page; an empty one follows the template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopPriceView {
    /// The row's id.
    pub id: ShopPriceId,
    /// The id at the provider.
    pub price: String,
    /// The name of the template.
    pub template: Option<String>,
    /// How long a payment is good for.
    pub validity: Option<String>,
    /// Machines for each unit.
    pub machine_limit: Option<String>,
    /// Domains for each unit.
    pub domain_limit: Option<String>,
}

/// An event in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopEventRow {
    /// The row's id.
    pub id: ShopEventId,
    /// The provider's name of the event.
    pub name: String,
    /// The provider's id of the event.
    pub event_id: String,
    /// Whether it belongs to the provider's test mode.
    pub is_test: bool,
    /// What was done.
    pub outcome: ShopOutcome,
    /// Why, or what.
    pub detail: Option<String>,
    /// The license it was done with.
    pub license: Option<LicenseId>,
    /// When the event arrived.
    pub received_at: Timestamp,
}

/// The page of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopConnectionPage {
    /// The connection.
    pub connection: ShopConnectionView,
    /// Its prices, by their ids.
    pub prices: Vec<ShopPriceView>,
    /// The newest events, or those before `before`.
    pub events: Vec<ShopEventRow>,
    /// The page of older events begins after this one.
    pub older: Option<ShopEventId>,
    /// Whether this server sends mail.
    pub mail_is_on: bool,
}

/// One event with its payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopEventView {
    /// The connection.
    pub connection: ShopConnectionView,
    /// The event.
    pub event: ShopEventRow,
    /// When it happened at the provider.
    pub occurred_at: Timestamp,
    /// The body. `None` if the customer was erased, or the role may not see it.
    pub payload: Option<String>,
}

/// The page that lists connections, and makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopConnectionList {
    /// The connections, the oldest first.
    pub connections: Vec<ShopConnectionView>,
    /// The products that a connection can be made for.
    pub products: Vec<ProductOption>,
}
