//! The certificate that is served until the authority has issued the first one.

use rcgen::{CertificateParams, DistinguishedName, DnType, Error, KeyPair};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;

/// The subject, which browsers show beside their warning.
const SUBJECT: &str = "Countersign waits for its certificate";

/// Makes a certificate of names that no browser and no app trusts.
///
/// # Errors
/// Returns the reason why it can't be made.
pub(super) fn placeholder(names: &[String]) -> Result<CertifiedKey, String> {
    let failed = |error: Error| error.to_string();
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, SUBJECT);
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let pair = CertifiedKey::from_der(vec![certificate.der().clone()], key, &aws_lc_rs::default_provider());
    pair.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_placeholder() {
        assert!(
            placeholder(&["licenses.example.com".to_owned(), "xn--bcher-kva.example".to_owned()]).is_ok()
        );
    }
}
