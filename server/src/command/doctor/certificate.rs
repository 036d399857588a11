//! The end of the certificate of the public address.

use domain::Timestamp;
use domain::time::DAY_MS;

use super::code::Code;
use super::report::Finding;
use crate::tls::validity;

/// Days before the end at which a renewal is late. Certificates of 90 days are renewed 30 days before.
pub const SOON_DAYS: i64 = 20;
/// The remedy of an end.
const RENEW: &str = "Renew the certificate, and let the proxy or the server load it: automatic renewal has failed or is not set up.";

/// Judges a certificate in DER.
pub fn check(certificate: &[u8], now: Timestamp) -> Finding {
    match end_of(certificate) {
        Some(end) => judge(end, now),
        None => Finding::fault(
            Code::CertificateUnreadable,
            "The end of the certificate of the public address can't be read.",
            "Look at the certificate in a browser.",
        ),
    }
}

/// Judges a certificate that was refused because of its end.
pub fn expired(end: Option<Timestamp>) -> Finding {
    let at = end.map(|end| format!(" on {}", end.date())).unwrap_or_default();
    Finding::fault(
        Code::CertificateExpired,
        format!("The certificate of the public address has expired{at}: apps and browsers refuse it."),
        RENEW,
    )
}

/// Returns the end of a certificate in DER.
pub fn end_of(certificate: &[u8]) -> Option<Timestamp> {
    validity(certificate).map(|(_, end)| end)
}

fn judge(end: Timestamp, now: Timestamp) -> Finding {
    if end <= now {
        return expired(Some(end));
    }
    let days = days_left(end, now);
    let found =
        format!("The certificate of the public address is valid for {days} days, until {}.", end.date());
    if days < SOON_DAYS {
        Finding::fault(Code::CertificateExpiresSoon, found, RENEW)
    } else {
        Finding::fact(Code::CertificateValid, found)
    }
}

/// Returns the whole days until an end, rounded down.
pub fn days_left(end: Timestamp, now: Timestamp) -> i64 {
    end.millis().saturating_sub(now.millis()).div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A self-signed certificate of `a.example`, valid until 2027-03-01T12:00:00Z.
    const CERTIFICATE: &str = "\
        MIIBEDCBtgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlhLmV4YW1wbGUwHhcNMjYxMjAxMTIwMDAwWhcNMjcwMzAxMTIw \
        MDAwWjAUMRIwEAYDVQQDDAlhLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATH7tsgnNz1jdpiIi9cJ7qjoO1f \
        utUYT3VDQN3aSAOdyqW0D/SYCcBt9EVdm8nuqKD3OBUCAebyFaASNOKVGqKTMAoGCCqGSM49BAMCA0kAMEYCIQCiS+UD22eW \
        nsTaxOeS8nCSoOT17gzXv4BkU5h6dFhctAIhAKxFAITqxcgi7sbWmKE5sI+g3xK0DCpPumwwLM2knTeM";

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_expiry(text).expect("a time")
    }

    #[test]
    fn certificate_is_judged_by_its_end() {
        let certificate = data_encoding::BASE64
            .decode(CERTIFICATE.replace(char::is_whitespace, "").as_bytes())
            .expect("base64");
        for (now, code) in [
            ("2027-01-01T00:00:00Z", Code::CertificateValid),
            ("2027-02-09T12:00:00Z", Code::CertificateValid),
            ("2027-02-09T12:00:01Z", Code::CertificateExpiresSoon),
            ("2027-03-01T11:59:59Z", Code::CertificateExpiresSoon),
            ("2027-03-01T12:00:00Z", Code::CertificateExpired),
        ] {
            assert_eq!(check(&certificate, at(now)).code(), code, "{now}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(check(&bytes, Timestamp::default()).code(), Code::CertificateUnreadable);
        }

        #[test]
        fn certificate_never_gets_better_with_time(end in 0_i64..1_000_000_000_000, now in 0_i64..1_000_000_000_000, later in 0_i64..1_000_000_000) {
            let severity = |now: i64| judge(Timestamp::from_millis(end), Timestamp::from_millis(now)).code().severity();
            prop_assert!(severity(now) <= severity(now + later));
        }
    }
}
