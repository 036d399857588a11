//! Events of shops in one form, whatever provider sent them.

use serde_json::Value;

use super::{ShopProvider, lemonsqueezy, paddle, stripe};
use crate::bounded_text::Name;
use crate::{Email, Timestamp};

/// Longest id, event name or reference, in bytes.
const MAX_TEXT_LEN: usize = 255;
/// Most items of a purchase that are read.
pub(super) const MAX_ITEMS: usize = 100;
/// Longest name of a customer that is taken, in characters; longer ones are cut.
const MAX_NAME_CHARS: usize = 120;

/// What happened at the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PurchaseKind {
    /// Something was bought, or a subscription began.
    Purchased,
    /// A subscription was paid for again. Of an unknown subscription, it is a purchase.
    Paid,
    /// A payment of a subscription failed.
    PaymentFailed,
    /// A payment succeeded after it had failed.
    Recovered,
    /// A subscription ended.
    Canceled,
    /// A payment was given back in full.
    Refunded,
    /// A further reference of a purchase became known.
    Linked,
    /// The name and the address of a buyer became known.
    Buyer,
    /// Anything else.
    Ignored,
}

/// An item of a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedItem {
    /// The id of the price, the payment link or the variant.
    pub price: String,
    /// How many were bought.
    pub quantity: u32,
}

/// An event of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseEvent {
    /// The provider's id of the event. `None`: the provider has none, and the digest of the body stands for it.
    pub id: Option<String>,
    /// The provider's name of the event.
    pub name: String,
    /// When it happened at the provider.
    pub occurred_at: Timestamp,
    /// What happened.
    pub kind: PurchaseKind,
    /// Ids of the subscription, order, invoice or payment. The first one is the main one.
    pub references: Vec<String>,
    /// The payment of a period of a subscription, which counts once.
    pub payment: Option<String>,
    /// Whether further payments follow.
    pub is_subscription: bool,
    /// The end of the paid period.
    pub paid_until: Option<Timestamp>,
    /// What was bought.
    pub items: Vec<PricedItem>,
    /// The provider's id of the buyer.
    pub buyer: Option<String>,
    /// The buyer's address.
    pub email: Option<Email>,
    /// The buyer's name.
    pub customer_name: Option<Name>,
}

/// A body that is no event of its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The body is no event of this provider.")]
pub struct InvalidPayload;

impl PurchaseEvent {
    /// Creates an event that means nothing yet.
    pub(super) fn new(id: Option<&str>, name: &str, occurred_at: Timestamp) -> Self {
        Self {
            id: id.map(ToOwned::to_owned),
            name: name.to_owned(),
            occurred_at,
            kind: PurchaseKind::Ignored,
            references: Vec::new(),
            payment: None,
            is_subscription: false,
            paid_until: None,
            items: Vec::new(),
            buyer: None,
            email: None,
            customer_name: None,
        }
    }

    /// Adds a reference, unless it is there.
    pub(super) fn refer(&mut self, reference: Option<String>) {
        if let Some(reference) = reference.filter(|text| !self.references.contains(text)) {
            self.references.push(reference);
        }
    }

    /// Sets the buyer's address and name. An address that is none is left out: the license is made without it.
    pub(super) fn set_customer(&mut self, email: Option<&str>, name: Option<&str>) {
        self.email = email.and_then(|text| Email::parse(text).ok());
        let cut = name.map(|text| text.chars().take(MAX_NAME_CHARS).collect::<String>());
        self.customer_name = cut.and_then(|text| Name::optional("name", &text).ok().flatten());
    }

    fn is_bounded(&self) -> bool {
        let texts = self.id.iter().chain([&self.name]).chain(&self.references);
        let texts = texts.chain(&self.payment).chain(&self.buyer);
        texts.chain(self.items.iter().map(|item| &item.price)).all(|text| text.len() <= MAX_TEXT_LEN)
    }
}

/// Parses the body of an event, whose signature was checked.
///
/// # Errors
/// [`InvalidPayload`] if the body is no JSON of the provider's form.
pub fn parse_event(provider: ShopProvider, body: &[u8]) -> Result<PurchaseEvent, InvalidPayload> {
    let json: Value = serde_json::from_slice(body).map_err(|_| InvalidPayload)?;
    let mut event = match provider {
        ShopProvider::Stripe => stripe::parse(&json),
        ShopProvider::Paddle => paddle::parse(&json),
        ShopProvider::LemonSqueezy => lemonsqueezy::parse(&json),
    }
    .ok_or(InvalidPayload)?;
    // An event about nothing that can be found again changes nothing.
    if event.references.is_empty() {
        event.kind = PurchaseKind::Ignored;
    }
    event.items.truncate(MAX_ITEMS);
    if event.is_bounded() { Ok(event) } else { Err(InvalidPayload) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn other_bodies_are_no_events() {
        for provider in ShopProvider::ALL {
            for body in ["", "[]", "{}", "null", "{\"id\":1}", "\u{0}"] {
                assert_eq!(parse_event(provider, body.as_bytes()), Err(InvalidPayload), "{body}");
            }
        }
    }

    #[test]
    fn long_ids_are_refused_and_long_names_cut() {
        let body = json!({"id": "e".repeat(256), "type": "x", "created": 1, "data": {"object": {}}});
        assert!(parse_event(ShopProvider::Stripe, body.to_string().as_bytes()).is_err());
        let mut event = PurchaseEvent::new(None, "x", Timestamp::from_millis(0));
        event.set_customer(Some("not an address"), Some(&"n".repeat(500)));
        assert_eq!((event.email, event.customer_name.map(|name| name.as_str().len())), (None, Some(120)));
    }

    proptest! {
        #[test]
        fn no_body_panics(text in "\\PC{0,300}") {
            for provider in ShopProvider::ALL {
                let _ = parse_event(provider, text.as_bytes());
            }
        }
    }
}
