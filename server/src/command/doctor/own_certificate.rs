//! The certificate files of the server's own TLS.

use std::path::Path;

use domain::Timestamp;
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::server::ParsedCertificate;
use url::Url;

use super::certificate::{SOON_DAYS, days_left, end_of};
use super::code::Code;
use super::platform;
use super::report::Finding;
use crate::config::Config;
use crate::tls::PairError;

/// Permissions of others, and of the group to write. A group that may read is common, and chosen by the operator.
const FOREIGN: u32 = 0o027;
/// The remedy of an end.
const RENEW: &str = "Renew the certificate, and copy it to tls_certificate and its key to tls_key: a running server loads \
                     both within seconds. Automatic renewal has failed, is not set up, or does not copy the files.";

/// Checks the files, if the server speaks TLS.
pub async fn check(settings: &Config, now: Timestamp) -> Vec<Finding> {
    let Some(files) = settings.certificate_files() else { return Vec::new() };
    let mut findings = Vec::new();
    findings.extend(key_of_others(&files.key));
    let pair = match files.read().await {
        Ok(contents) => contents.certified_key(),
        Err(error) => Err(error),
    };
    match pair {
        Ok(pair) => {
            if let Some(certificate) = pair.cert.first() {
                findings.push(judge_end(end_of(certificate), now));
                findings.extend(other_name(certificate, &settings.origin()));
            }
        }
        Err(error) => findings.push(unusable(&error)),
    }
    findings
}

fn key_of_others(file: &Path) -> Option<Finding> {
    platform::mode(file).filter(|mode| mode & FOREIGN != 0)?;
    let shown = file.display();
    Some(Finding::fault(
        Code::TlsKeyReadable,
        format!("Other users may read or replace the private key {shown}, and pose as this server with it."),
        format!(
            "Run: chmod 600 {shown}. If another person may have read it, get a certificate with a new key."
        ),
    ))
}

fn unusable(error: &PairError) -> Finding {
    let (code, remedy) = match error {
        PairError::Mismatch(_) => (
            Code::TlsKeyMismatch,
            "Copy both files of the same renewal. A running server keeps the former pair until they match, and does not \
             start with them.",
        ),
        _ => (
            Code::TlsFilesUnusable,
            "Give tls_certificate the certificate with its chain in PEM, tls_key its key in PEM without a password, and \
             let the server's user read both. The server does not start with these files.",
        ),
    };
    Finding::fault(code, format!("The server's TLS: {error}."), remedy)
}

fn judge_end(end: Option<Timestamp>, now: Timestamp) -> Finding {
    let Some(end) = end else {
        return Finding::fault(
            Code::TlsFilesUnusable,
            "The end of the certificate in tls_certificate can't be read.",
            "Get another certificate.",
        );
    };
    if end <= now {
        let found = format!("The certificate in tls_certificate has expired on {}.", end.date());
        return Finding::fault(Code::TlsCertificateExpired, found, RENEW);
    }
    let days = days_left(end, now);
    let found = format!("The certificate in tls_certificate is valid for {days} days, until {}.", end.date());
    if days < SOON_DAYS {
        Finding::fault(Code::TlsCertificateExpiresSoon, found, RENEW)
    } else {
        Finding::fact(Code::TlsCertificateValid, found)
    }
}

/// Compares the names of a certificate with the public address.
fn other_name(certificate: &CertificateDer<'_>, origin: &str) -> Option<Finding> {
    let url = Url::parse(origin).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let name = ServerName::try_from(host).ok()?;
    let certificate = ParsedCertificate::try_from(certificate).ok()?;
    verify_server_name(&certificate, &name).is_err().then(|| {
        Finding::fault(
            Code::TlsCertificateOfOtherName,
            format!("The certificate in tls_certificate is not for {host}: apps and browsers refuse it."),
            "Get a certificate for the name in public_url, or correct public_url.",
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::generate_simple_self_signed;

    use super::*;

    #[test]
    fn certificate_is_compared_with_the_public_address() {
        let names = ["licenses.example.com".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let made = generate_simple_self_signed(names).expect("a certificate");
        let code = |origin: &str| other_name(made.cert.der(), origin).map(|finding| finding.code());
        for origin in ["https://licenses.example.com", "https://127.0.0.1:3000", "https://[::1]:3000"] {
            assert_eq!(code(origin), None, "{origin}");
        }
        for origin in ["https://example.com", "https://a.licenses.example.com", "https://127.0.0.2"] {
            assert_eq!(code(origin), Some(Code::TlsCertificateOfOtherName), "{origin}");
        }
    }

    #[test]
    fn each_reason_has_its_code() {
        assert_eq!(unusable(&PairError::Mismatch("k.pem".to_owned())).code(), Code::TlsKeyMismatch);
        assert_eq!(unusable(&PairError::NoKey("k.pem".to_owned())).code(), Code::TlsFilesUnusable);
        assert_eq!(judge_end(None, Timestamp::default()).code(), Code::TlsFilesUnusable);
    }

    proptest! {
        #[test]
        fn end_never_gets_better_with_time(end in 0_i64..1_000_000_000_000, now in 0_i64..1_000_000_000_000, later in 0_i64..1_000_000_000) {
            let end = Some(Timestamp::from_millis(end));
            let severity = |now: i64| judge_end(end, Timestamp::from_millis(now)).code().severity();
            prop_assert!(severity(now) <= severity(now + later));
        }
    }
}
