//! Signatures of deliveries (management API contract, 4.2): pure functions.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use data_encoding::BASE64;
use domain::webhook::WebhookSecret;

/// The beginning of secrets of Standard Webhooks, before base64.
const PREFIX: &str = "whsec_";

/// Returns the scheme `v3`: base64 of the HMAC-SHA256 of the body, keyed by the secret as UTF-8.
pub(super) fn v3(secret: &WebhookSecret, body: &str) -> String {
    sign(secret.expose().as_bytes(), &[body.as_bytes()])
}

/// Returns the scheme `standard`: `v1,` and base64 of the HMAC-SHA256 of `id.timestamp.body`.
pub(super) fn standard(secret: &WebhookSecret, id: &str, timestamp: i64, body: &str) -> String {
    let timestamp = timestamp.to_string();
    let parts = [id, ".", &timestamp, ".", body].map(str::as_bytes);
    format!("v1,{}", sign(&standard_key(secret), &parts))
}

/// Returns the key of the scheme `standard`: the bytes of `whsec_` and base64, else the secret as UTF-8.
fn standard_key(secret: &WebhookSecret) -> Vec<u8> {
    let text = secret.expose();
    let decoded = text.strip_prefix(PREFIX).and_then(|base64| BASE64.decode(base64.as_bytes()).ok());
    decoded.unwrap_or_else(|| text.as_bytes().to_vec())
}

fn sign(key: &[u8], parts: &[&[u8]]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    BASE64.encode(context.sign().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> WebhookSecret {
        WebhookSecret::from_storage(text.to_owned())
    }

    /// The example of the specification of Standard Webhooks.
    #[test]
    fn standard_matches_the_vector_of_the_specification() {
        let signature = standard(
            &secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /// Computed apart from this program.
    #[test]
    fn v3_is_the_hmac_of_the_body_by_the_text_of_the_secret() {
        let body = r#"{"event":"license.created","data":{},"triggeredAt":"2026-01-15T10:30:00.007Z"}"#;
        assert_eq!(v3(&secret("shop-secret"), body), "2zEY+NyoZ0E7NvCUaU4zlw3AIM074gXUl/44ctiB/GA=");
        assert_eq!(
            v3(&secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), body),
            "AenmrcKXHYYzIcaHE4tgfqL3KXwcs0snQ0nWZFgw+90="
        );
        assert_eq!(
            standard(&secret("shop-secret"), "0199a1c2-0000-7a40-9c1b-0000000000ee", 1_768_473_000, body),
            "v1,GBkK2CUtR+Qe27eELgvCKZqmta5io/Gk5mQIoG8p3Ww="
        );
    }
}
