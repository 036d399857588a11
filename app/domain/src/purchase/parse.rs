//! Parses the bodies of events.

use serde_json::Value;

use super::event::{PurchaseEvent, PurchaseKind};
use super::{ShopProvider, lemonsqueezy, paddle, stripe};

/// Most items of a purchase that are read.
const MAX_ITEMS: usize = 100;

/// A body that is no event of its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The body is no event of this provider.")]
pub struct InvalidPayload;

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
    use crate::Timestamp;

    #[test]
    fn other_bodies_are_no_events() {
        for provider in ShopProvider::ALL {
            for body in ["", "[]", "{}", "null", "{\"id\":1}", "\u{0}"] {
                assert_eq!(parse_event(provider, body.as_bytes()), Err(InvalidPayload), "{body}");
            }
        }
    }

    #[test]
    fn texts_that_no_database_stores_are_refused() {
        for (id, price) in [("evt_\0", "price_1"), ("evt_1", "price_\0")] {
            let object = json!({"id": "in_1", "lines": {"data": [{"price": {"id": price}}]}});
            let body = json!({"id": id, "type": "invoice.paid", "created": 1, "data": {"object": object}});
            assert!(
                parse_event(ShopProvider::Stripe, body.to_string().as_bytes()).is_err(),
                "{id:?} {price:?}"
            );
        }
    }

    #[test]
    fn numbers_and_depths_beyond_range_are_refused() {
        let number = r#"{"id":"e","type":"x","created":1,"data":{"object":{"n":1e999}}}"#;
        let nested = format!(
            r#"{{"id":"e","type":"x","created":1,"data":{{"object":{}{}}}}}"#,
            "[".repeat(999),
            "]".repeat(999)
        );
        for body in [number, nested.as_str()] {
            assert_eq!(parse_event(ShopProvider::Stripe, body.as_bytes()), Err(InvalidPayload));
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
