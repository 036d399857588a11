//! Codes of authenticator apps (TOTP, RFC 6238): SHA-1, 6 digits, 30 seconds, which every app supports. A code
//! is accepted one step early and one late.

use domain::{Email, Timestamp};
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::{Error, Result, random};

/// Bytes of a secret: RFC 4226, section 4, recommends 160 bits.
const SECRET_BYTES: usize = 20;
/// The name that apps show.
const ISSUER: &str = "Countersign";

/// Makes a secret.
pub(super) fn generate() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(random::bytes::<SECRET_BYTES>().to_vec())
}

/// Returns the time step of an accepted code.
pub(super) fn matching_step(secret: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>> {
    let seconds = u64::try_from(now.seconds()).unwrap_or(0);
    let step = builder(secret).build().map_err(broken)?.check(code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// Returns the address that apps read from the picture (`otpauth:`).
pub(super) fn address(secret: &[u8], email: &Email) -> Result<String> {
    // A colon separates the issuer from the name.
    let name = email.as_str().replace(':', "");
    let totp: Totp =
        builder(secret).with_account_name(name).with_issuer(Some(ISSUER)).build().map_err(broken)?;
    totp.to_url().map_err(broken)
}

fn builder(secret: &[u8]) -> Builder {
    Builder::new().with_secret(secret.to_vec())
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn broken(error: totp_rs::TotpError) -> Error {
    Error::Internal(format!("totp: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B. Its codes have 8 digits; the last 6 are the same.
    const SECRET: &[u8] = b"12345678901234567890";

    fn step(code: &str, seconds: i64) -> Option<i64> {
        matching_step(SECRET, code, Timestamp::from_millis(seconds * 1000)).expect("a valid secret")
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(step(code, seconds), Some(seconds / 30));
            assert_eq!(step(code, seconds + 30), Some(seconds / 30), "one step late");
            assert_eq!(step(code, seconds + 90), None);
        }
        assert_eq!(step("287083", 59), None);
    }

    #[test]
    fn address_names_the_user_and_the_secret() {
        let email = Email::parse("ada@example.com").expect("an address");
        let address = address(SECRET, &email).expect("a valid secret");
        assert!(address.starts_with("otpauth://totp/Countersign:ada%40example.com?"), "{address}");
        assert!(address.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{address}");
        assert!(address.contains("issuer=Countersign"), "{address}");
    }
}
