//! A connection whose events are applied, and what was done with one.

use domain::purchase::{PricedItem, PurchaseEvent, ShopOutcome};
use domain::{AccountId, LicenseId, ShopConnectionId};

use super::scope;
use super::view::Words;
use crate::store::WriteTxn;
use crate::store::entity::{purchases, shop_connections, shop_prices};
use crate::{Actor, Principal, Result};

/// A locked connection with its prices, and the actor of its changes.
pub(super) struct Shop {
    pub row: shop_connections::Model,
    pub words: Words,
    pub prices: Vec<shop_prices::Model>,
    pub actor: Actor,
}

/// What was done with an event.
pub(super) struct Applied {
    pub outcome: ShopOutcome,
    pub license: Option<LicenseId>,
    pub detail: Option<String>,
}

impl Applied {
    /// Creates an outcome without a license.
    pub fn without_license(outcome: ShopOutcome, detail: impl Into<String>) -> Self {
        Self { outcome, license: None, detail: Some(detail.into()) }
    }

    /// Creates an outcome about a license.
    pub fn of(outcome: ShopOutcome, license: LicenseId) -> Self {
        Self { outcome, license: Some(license), detail: None }
    }

    /// Sets why.
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a sentence.
    pub fn and(mut self, note: Option<String>) -> Self {
        self.detail = match (self.detail, note) {
            (Some(detail), Some(note)) => Some(format!("{detail} {note}")),
            (detail, note) => detail.or(note),
        };
        self
    }
}

impl Shop {
    /// Locks a connection of the account. Events of one connection are applied one after the other.
    pub async fn lock(txn: &WriteTxn, account: AccountId, id: ShopConnectionId) -> Result<Self> {
        let row = scope::lock_connection(txn, account, id).await?;
        let prices = scope::prices(txn.conn(), id).await?;
        let principal = Principal::Shop { connection: id, name: row.name.clone() };
        Ok(Self { words: Words::of(&row)?, actor: Actor { account, principal }, prices, row })
    }

    /// Returns the id.
    pub fn id(&self) -> ShopConnectionId {
        ShopConnectionId(self.row.id)
    }

    /// Returns the row of a price.
    pub fn price(&self, price: Option<&str>) -> Option<&shop_prices::Model> {
        price.and_then(|price| self.prices.iter().find(|row| row.price == price))
    }

    /// Returns the first item with terms of its own.
    pub fn item_with_terms<'a>(&self, event: &'a PurchaseEvent) -> Option<&'a PricedItem> {
        event.items.iter().find(|item| self.price(Some(&item.price)).is_some())
    }

    /// Returns what an event says about the license of a purchase of the price `own`. `None` if it names other prices
    /// alone, which get no license here.
    pub fn about(&self, event: &PurchaseEvent, own: Option<&str>) -> Option<PurchaseEvent> {
        event.narrowed(own, |price| self.price(Some(price)).is_some(), self.row.issues_unmapped)
    }

    /// Returns whether a payment of `price` counts for the license of a purchase of the price `own`.
    pub fn counts(&self, price: &str, own: Option<&str>) -> bool {
        self.price(Some(price)).is_some() || (self.row.issues_unmapped && self.price(own).is_none())
    }

    /// Returns why an event that names no price is not for the license of a purchase: its subscription has changed to a
    /// price without terms. `None` if it is for it.
    pub fn has_left(&self, purchase: &purchases::Model, event: &PurchaseEvent) -> Option<String> {
        let price = purchase.left_for.as_deref().filter(|_| event.items.is_empty())?;
        let counts = self.counts(price, purchase.price.as_deref());
        (!counts).then(|| format!("The subscription has changed to a price that has no terms here: {price}"))
    }

    /// Returns which items of an event do not count beside those that were counted, and why.
    pub fn left_out(&self, event: &PurchaseEvent, counted: &[PricedItem]) -> Option<String> {
        event.left_out(counted, |price| self.price(Some(price)).is_some())
    }

    /// Returns whether a purchase of these items gets a license here.
    pub fn sells(&self, event: &PurchaseEvent) -> bool {
        self.row.issues_unmapped || self.item_with_terms(event).is_some()
    }
}
