//! The body of a delivery.

use domain::Timestamp;
use domain::webhook::WebhookEvent;

/// Returns the body, with its properties in the documented order. It is the same at every attempt. `data` is a
/// JSON object.
pub(in crate::webhook) fn build_body(event: WebhookEvent, data: &str, at: Timestamp) -> String {
    format!(r#"{{"event":"{event}","data":{data},"triggeredAt":"{}"}}"#, at.rfc3339_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_have_the_documented_order() {
        let at = Timestamp::from_millis(1_768_473_000_007);
        assert_eq!(
            build_body(WebhookEvent::LicenseCreated, r#"{"id":"1"}"#, at),
            r#"{"event":"license.created","data":{"id":"1"},"triggeredAt":"2026-01-15T10:30:00.007Z"}"#
        );
    }
}
