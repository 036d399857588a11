//! Headers with signatures of events, by the schemes that the providers document. All are HMAC-SHA256 in
//! hexadecimal digits; they differ in what is signed before the body, and in how the header is written.

use super::ShopProvider;
use crate::Timestamp;

/// How far the time of a signature may be from the clock of this server, in seconds. Stripe's libraries use the
/// same; Paddle's use 5, which a queue in front of this server would exceed.
pub const TOLERANCE_SECONDS: i64 = 300;
/// Digits of a SHA-256.
const DIGEST_LEN: usize = 64;
/// Most signatures of one header. Providers send two while a secret is rotated.
const MAX_DIGESTS: usize = 8;
/// Longest header that is read, in bytes.
const MAX_HEADER_LEN: usize = 1024;

/// A parsed header: the time that is signed too, and the signatures, one of which must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeader {
    provider: ShopProvider,
    /// The time in seconds, as it was written, because the text is signed.
    time: Option<(i64, String)>,
    /// Lower-case hexadecimal digits.
    digests: Vec<String>,
}

impl SignatureHeader {
    /// Parses the header of a provider. `None` if it does not have the provider's form.
    #[must_use]
    pub fn parse(provider: ShopProvider, header: &str) -> Option<Self> {
        if header.len() > MAX_HEADER_LEN {
            return None;
        }
        let (separator, time_name, digest_name) = match provider {
            ShopProvider::Stripe => (',', "t", "v1"),
            ShopProvider::Paddle => (';', "ts", "h1"),
            ShopProvider::LemonSqueezy => {
                let digests = vec![digest(header)?];
                return Some(Self { provider, time: None, digests });
            }
        };
        let (mut time, mut digests) = (None, Vec::new());
        for part in header.split(separator) {
            let (name, value) = part.trim().split_once('=')?;
            if name == time_name {
                // A second time would leave open which one is signed.
                if time.is_some() || value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                time = Some((value.parse().ok()?, value.to_owned()));
            } else if name == digest_name && digests.len() < MAX_DIGESTS {
                // Of another length, it is no signature of this scheme.
                digests.extend(digest(value));
            }
        }
        (time.is_some() && !digests.is_empty()).then_some(Self { provider, time, digests })
    }

    /// Returns whether the signed time is near `now`. A scheme without a time is always timely: there, only the id of
    /// an event tells a repetition.
    #[must_use]
    pub fn is_timely(&self, now: Timestamp) -> bool {
        self.time.as_ref().is_none_or(|(seconds, _)| {
            seconds.checked_sub(now.seconds()).is_some_and(|age| age.abs() <= TOLERANCE_SECONDS)
        })
    }

    /// Returns what is signed before the body.
    #[must_use]
    pub fn prefix(&self) -> String {
        match (&self.time, self.provider) {
            (Some((_, text)), ShopProvider::Stripe) => format!("{text}."),
            (Some((_, text)), ShopProvider::Paddle) => format!("{text}:"),
            _ => String::new(),
        }
    }

    /// Returns the signatures, in lower-case hexadecimal digits.
    #[must_use]
    pub fn digests(&self) -> &[String] {
        &self.digests
    }
}

fn digest(text: &str) -> Option<String> {
    let text = text.trim();
    let is_digest = text.len() == DIGEST_LEN && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn headers_of_each_provider_are_read() {
        let stripe = format!("t=1700000000,v1={A},v1={B},v0=old");
        let parsed = SignatureHeader::parse(ShopProvider::Stripe, &stripe).expect("a header");
        assert_eq!((parsed.prefix().as_str(), parsed.digests()), ("1700000000.", &[A.into(), B.into()][..]));
        let paddle = format!("ts=1700000000;h1={A}");
        let parsed = SignatureHeader::parse(ShopProvider::Paddle, &paddle).expect("a header");
        assert_eq!((parsed.prefix().as_str(), parsed.digests()), ("1700000000:", &[A.into()][..]));
        let upper = A.to_ascii_uppercase();
        let parsed = SignatureHeader::parse(ShopProvider::LemonSqueezy, &upper).expect("a header");
        assert_eq!((parsed.prefix().as_str(), parsed.digests()), ("", &[A.into()][..]));
        assert!(parsed.is_timely(Timestamp::MAX));
    }

    #[test]
    fn other_headers_are_refused() {
        let twice = format!("t=1,t=2,v1={A}");
        let signed = format!("t=-1,v1={A}");
        let timeless = format!("v1={A}");
        let many = format!("t=1,v1={}", A.repeat(30));
        for header in ["", "t=1", "t=1,v1=", "t=1,v1=zz", "nonsense", &twice, &signed, &timeless, &many] {
            assert_eq!(SignatureHeader::parse(ShopProvider::Stripe, header), None, "{header}");
        }
        for header in ["", "ab", &format!("{A}00"), &format!("sha256={A}")] {
            assert_eq!(SignatureHeader::parse(ShopProvider::LemonSqueezy, header), None, "{header}");
        }
        let of_stripe = format!("t=1,v1={A}");
        assert_eq!(SignatureHeader::parse(ShopProvider::Paddle, &of_stripe), None);
    }

    proptest! {
        #[test]
        fn a_signature_is_timely_for_five_minutes(at in 1_000_000_i64..4_000_000_000, off in -1000_i64..1000) {
            let header = format!("t={at},v1={A}");
            let parsed = SignatureHeader::parse(ShopProvider::Stripe, &header).expect("a header");
            let now = Timestamp::from_millis((at + off) * 1000);
            prop_assert_eq!(parsed.is_timely(now), off.abs() <= TOLERANCE_SECONDS);
        }

        #[test]
        fn no_header_panics(text in "\\PC{0,200}") {
            for provider in ShopProvider::ALL {
                let _ = SignatureHeader::parse(provider, &text);
            }
        }

        #[test]
        fn no_time_overflows(digits in "[0-9]{1,30}") {
            let header = format!("ts={digits};h1={A}");
            if let Some(parsed) = SignatureHeader::parse(ShopProvider::Paddle, &header) {
                let _ = parsed.is_timely(Timestamp::from_millis(0));
            }
        }
    }
}
