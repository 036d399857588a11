//! Parses the bodies of events.

use serde_json::Value;

use super::event::{PurchaseEvent, PurchaseKind};
use super::json::text;
use super::{ShopProvider, lemonsqueezy, paddle, stripe};
use crate::Timestamp;

/// Most items of a purchase that are read.
const MAX_ITEMS: usize = 100;

/// Name of an event whose body names none.
const NO_NAME: &str = "unreadable";
/// Longest name of an unreadable event, in characters.
const MAX_NAME_CHARS: usize = 60;

/// Why a body is no event of its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPayload {
    /// It is no JSON.
    #[error("its body is no JSON.")]
    NoJson,
    /// It has another form, or lacks an id, a name or a time.
    #[error("its body has not the form of this provider’s events.")]
    OtherForm,
    /// An id, a price or another text is too long, or has a character that no database stores.
    #[error("a text of its body is too long or has a character that is not stored.")]
    Unbounded,
}

/// Parses the body of an event, whose signature was checked.
///
/// # Errors
/// [`InvalidPayload`] if the body is no JSON of the provider's form.
pub fn parse_event(provider: ShopProvider, body: &[u8]) -> Result<PurchaseEvent, InvalidPayload> {
    let json: Value = serde_json::from_slice(body).map_err(|_| InvalidPayload::NoJson)?;
    let mut event = match provider {
        ShopProvider::Stripe => stripe::parse(&json),
        ShopProvider::Paddle => paddle::parse(&json),
        ShopProvider::LemonSqueezy => lemonsqueezy::parse(&json),
    }
    .ok_or(InvalidPayload::OtherForm)?;
    // An event about nothing that can be found again changes nothing.
    if event.references.is_empty() {
        event.kind = PurchaseKind::Ignored;
    }
    event.items.truncate(MAX_ITEMS);
    if event.is_bounded() { Ok(event) } else { Err(InvalidPayload::Unbounded) }
}

/// Returns the event that stands for a signed body that cannot be read. It changes nothing, and the log tells why.
#[must_use]
pub fn unreadable_event(
    provider: ShopProvider,
    body: &[u8],
    error: InvalidPayload,
    received_at: Timestamp,
) -> PurchaseEvent {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let path = match provider {
        ShopProvider::Stripe => "type",
        ShopProvider::Paddle => "event_type",
        ShopProvider::LemonSqueezy => "meta.event_name",
    };
    let name: String = text(&json, path).unwrap_or(NO_NAME).chars().take(MAX_NAME_CHARS).collect();
    let name = if name.contains('\0') { NO_NAME } else { name.as_str() };
    let mut event = PurchaseEvent::new(None, name, received_at);
    event.ignore(format!("The event cannot be read: {error}"));
    event
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unreadable_body_tells_why_and_keeps_its_name() {
        let at = Timestamp::from_millis(7);
        for (body, name, why) in [
            ("{", "unreadable", "no JSON"),
            (r#"{"type":"invoice.paid"}"#, "invoice.paid", "form"),
            (r#"{"type":"a\u0000b"}"#, "unreadable", "form"),
        ] {
            let error = parse_event(ShopProvider::Stripe, body.as_bytes()).expect_err("no event");
            let event = unreadable_event(ShopProvider::Stripe, body.as_bytes(), error, at);
            assert_eq!(
                (event.kind, event.name.as_str(), event.occurred_at),
                (PurchaseKind::Ignored, name, at)
            );
            assert!(event.is_bounded() && event.why.is_some_and(|text| text.contains(why)), "{body}");
        }
    }

    #[test]
    fn other_bodies_are_no_events() {
        for provider in ShopProvider::ALL {
            for body in ["", "[]", "{}", "null", "{\"id\":1}", "\u{0}"] {
                assert!(parse_event(provider, body.as_bytes()).is_err(), "{body}");
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
            assert_eq!(parse_event(ShopProvider::Stripe, body.as_bytes()), Err(InvalidPayload::NoJson));
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
                if let Err(error) = parse_event(provider, text.as_bytes()) {
                    let event = unreadable_event(provider, text.as_bytes(), error, Timestamp::from_millis(0));
                    prop_assert!(event.is_bounded());
                }
            }
        }
    }
}
