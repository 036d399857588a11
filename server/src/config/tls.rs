//! The settings of TLS and of the redirect to it.

use std::net::SocketAddr;
use std::path::Path;

/// Checks the files of TLS against the public address. `listen` is the address in use.
pub(super) fn check(
    certificate: Option<&Path>,
    key: Option<&Path>,
    public_url: Option<&str>,
    listen: SocketAddr,
) -> Result<(), String> {
    match (certificate, key) {
        (None, None) => return Ok(()),
        (Some(_), None) => {
            return Err("The setting tls_certificate needs the setting tls_key, the file of its key.".into());
        }
        (None, Some(_)) => {
            return Err(
                "The setting tls_key needs the setting tls_certificate, the file of its certificate.".into(),
            );
        }
        (Some(_), Some(_)) => {}
    }
    match public_url {
        Some(url) if !is_https(url) => Err(
            "The setting public_url must begin with https://, because tls_certificate is set: this server takes https alone."
                .into(),
        ),
        // Only this machine reaches the listen address, so that it is the public one.
        None if !listen.ip().is_loopback() => Err(
            "The setting tls_certificate needs the setting public_url, such as https://licenses.example.com: the name of the certificate."
                .into(),
        ),
        _ => Ok(()),
    }
}

/// Checks that there is an https address to redirect to.
pub(super) fn check_redirect(redirect: Option<SocketAddr>, origin: &str) -> Result<(), String> {
    if redirect.is_some() && !is_https(origin) {
        return Err(
            "The setting redirect_listen needs a setting public_url that begins with https://, to which it redirects."
                .into(),
        );
    }
    Ok(())
}

fn is_https(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.scheme() == "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_needs_its_key_and_an_https_address() {
        let file = Some(Path::new("a.pem"));
        let check = |certificate, key, url, listen: &str| {
            check(certificate, key, url, listen.parse().expect("an address"))
        };
        let https = Some("HTTPS://licenses.example.com");
        assert!(check(None, None, Some("http://a.example"), "0.0.0.0:80").is_ok());
        assert!(check(file, file, https, "0.0.0.0:443").is_ok());
        assert!(check(file, file, None, "127.0.0.1:0").is_ok(), "only this machine reaches it");
        for (certificate, key, url, listen, named) in [
            (file, None, https, "0.0.0.0:443", "tls_key"),
            (None, file, https, "0.0.0.0:443", "tls_certificate"),
            (file, file, Some("http://licenses.example.com"), "0.0.0.0:443", "public_url"),
            (file, file, Some("http://127.0.0.1:3000"), "127.0.0.1:3000", "public_url"),
            (file, file, None, "0.0.0.0:443", "public_url"),
            (file, file, None, "[::]:443", "public_url"),
        ] {
            let error = check(certificate, key, url, listen).expect_err(listen);
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn redirect_needs_an_https_address() {
        let listen = Some(SocketAddr::from(([0, 0, 0, 0], 80)));
        assert!(check_redirect(listen, "https://a.example").is_ok());
        assert!(check_redirect(None, "http://a.example").is_ok());
        assert!(check_redirect(listen, "http://a.example").is_err());
    }
}
