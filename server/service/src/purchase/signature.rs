//! Signatures of events: HMAC-SHA256 over the time and the body, keyed by the secret as it is shown to the seller.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use data_encoding::HEXLOWER;
use domain::Timestamp;
use domain::purchase::{ShopProvider, ShopSecret, SignatureHeader};

use crate::secrets::constant_time_eq;

/// Returns whether the provider signed the body, within the tolerance of `now`.
pub(super) fn is_valid(
    provider: ShopProvider,
    secret: &ShopSecret,
    header: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> bool {
    let Some(header) = header.and_then(|header| SignatureHeader::parse(provider, header)) else {
        return false;
    };
    let expected = sign(secret, header.prefix().as_bytes(), body);
    // All are compared, so that the time does not tell which one matched.
    let matches = header.digests().iter().filter(|digest| constant_time_eq(digest, &expected)).count();
    matches > 0 && header.is_timely(now)
}

fn sign(secret: &ShopSecret, prefix: &[u8], body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, secret.expose().as_bytes()));
    context.update(prefix);
    context.update(body);
    HEXLOWER.encode(context.sign().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{\"id\":\"evt_1\"}";

    fn secret() -> ShopSecret {
        ShopSecret::from_storage("whsec_test".to_owned())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn a_signature_is_bound_to_secret_time_and_body() {
        for (provider, prefix, wrap) in [
            (ShopProvider::Stripe, "1700000000.", "t=1700000000,v1="),
            (ShopProvider::Paddle, "1700000000:", "ts=1700000000;h1="),
            (ShopProvider::LemonSqueezy, "", ""),
        ] {
            let header = format!("{wrap}{}", sign(&secret(), prefix.as_bytes(), BODY));
            let is_valid = |secret: &ShopSecret, header: &str, body: &[u8], now| {
                is_valid(provider, secret, Some(header), body, at(now))
            };
            assert!(is_valid(&secret(), &header, BODY, 1_700_000_299), "{provider}");
            let other = ShopSecret::from_storage("whsec_other".to_owned());
            assert!(!is_valid(&other, &header, BODY, 1_700_000_000), "{provider}");
            assert!(!is_valid(&secret(), &header, b"{}", 1_700_000_000), "{provider}");
            if provider != ShopProvider::LemonSqueezy {
                assert!(!is_valid(&secret(), &header, BODY, 1_700_000_301), "{provider}");
                let moved = header.replace("1700000000", "1700000300");
                assert!(!is_valid(&secret(), &moved, BODY, 1_700_000_300), "{provider}");
            }
        }
        assert!(!is_valid(ShopProvider::Stripe, &secret(), None, BODY, at(0)));
    }

    #[test]
    fn one_of_several_signatures_is_enough() {
        let wrong = "0".repeat(64);
        let right = sign(&secret(), b"1700000000.", BODY);
        let header = format!("t=1700000000,v1={wrong},v1={right}");
        assert!(is_valid(ShopProvider::Stripe, &secret(), Some(&header), BODY, at(1_700_000_000)));
    }

    /// Computed apart from this program.
    #[test]
    fn signatures_are_plain_hmac_sha256() {
        assert_eq!(
            sign(
                &ShopSecret::from_storage("key".to_owned()),
                b"",
                b"The quick brown fox jumps over the lazy dog"
            ),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
        );
    }
}
