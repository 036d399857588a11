//! The settings of the certificate that the server orders.

use service::certificate::CertificateSubject;
use url::{Host, Url};

use super::{Config, Switch};
use crate::acme::AcmeSettings;

/// The directory of Let's Encrypt.
pub(super) const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// Names of one certificate: the limit of Let's Encrypt.
const MAX_NAMES: usize = 100;

/// Checks the settings. Those of the files are checked apart.
pub(super) fn check(config: &Config) -> Result<(), String> {
    if config.tls_acme_domains.is_empty() {
        return check_unused(config);
    }
    if config.tls_certificate.is_some() || config.tls_key.is_some() {
        return Err(
            "The settings tls_certificate and tls_acme_domains exclude each other: a certificate comes from files or is \
             ordered."
                .into(),
        );
    }
    if config.tls_acme_agree_to_terms == Switch::Off {
        return Err(
            "The setting tls_acme_domains needs tls_acme_agree_to_terms = \"on\": read the terms of service of the \
             authority first, such as https://letsencrypt.org/repository/."
                .into(),
        );
    }
    let is_https = |url: &Url| url.scheme() == "https" && url.has_host();
    if !Url::parse(&config.tls_acme_directory).is_ok_and(|url| is_https(&url)) {
        return Err("The setting tls_acme_directory must be an address that begins with https://.".into());
    }
    if let Some(contact) = &config.tls_acme_contact {
        let parsed = domain::Email::parse(contact);
        parsed.map_err(|error| format!("The setting tls_acme_contact is wrong: {}", error.message))?;
    }
    let names = names(config)?;
    let url = config.public_url.as_deref().and_then(|url| Url::parse(url).ok()).filter(is_https);
    let host = url.as_ref().and_then(Url::host_str);
    if host.is_none_or(|host| !names.iter().any(|name| name == host)) {
        return Err(
            "The setting tls_acme_domains needs the setting public_url, such as https://licenses.example.com, with one \
             of its names."
                .into(),
        );
    }
    Ok(())
}

/// Checks that nothing is set that would have no effect.
fn check_unused(config: &Config) -> Result<(), String> {
    let is_used = config.tls_acme_contact.is_some()
        || config.tls_acme_root.is_some()
        || config.tls_acme_agree_to_terms == Switch::On
        || config.tls_acme_directory != LETS_ENCRYPT;
    if is_used {
        return Err(
            "The other settings tls_acme_... need the setting tls_acme_domains, the names of the certificate."
                .into(),
        );
    }
    Ok(())
}

/// Returns what is ordered. Of settings that were checked.
pub(super) fn settings(config: &Config) -> Option<AcmeSettings> {
    if config.tls_acme_domains.is_empty() {
        return None;
    }
    Some(AcmeSettings {
        subject: CertificateSubject::new(config.tls_acme_directory.clone(), names(config).ok()?),
        contact: config.tls_acme_contact.clone(),
        root: config.tls_acme_root.clone(),
    })
}

/// Returns the names as authorities compare them: in lower case and ASCII.
fn names(config: &Config) -> Result<Vec<String>, String> {
    if config.tls_acme_domains.len() > MAX_NAMES {
        return Err(format!("The setting tls_acme_domains has more than {MAX_NAMES} names."));
    }
    config.tls_acme_domains.iter().map(|name| parse_name(name)).collect()
}

fn parse_name(name: &str) -> Result<String, String> {
    if name.contains('*') {
        return Err(format!(
            "The setting tls_acme_domains has “{name}”: a wildcard is validated by DNS alone, which another client can \
             do for tls_certificate."
        ));
    }
    match Host::parse(name) {
        Ok(Host::Domain(name)) if !name.ends_with('.') => Ok(name),
        _ => Err(format!(
            "The setting tls_acme_domains has “{name}”, which is no name such as licenses.example.com."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Config {
        Config {
            tls_acme_domains: vec!["Licenses.example.com".to_owned(), "bücher.example".to_owned()],
            tls_acme_agree_to_terms: Switch::On,
            tls_acme_contact: Some("ada@example.com".to_owned()),
            public_url: Some("https://licenses.example.com".to_owned()),
            ..Config::default()
        }
    }

    #[test]
    fn names_are_normalized_and_sorted() {
        let config = sound();
        assert_eq!(check(&config), Ok(()));
        let settings = settings(&config).expect("what is ordered");
        assert_eq!(settings.subject.names(), ["licenses.example.com", "xn--bcher-kva.example"]);
        assert_eq!(settings.subject.directory(), LETS_ENCRYPT);
        assert!(config.speaks_tls() && config.certificate_files().is_none());
    }

    #[test]
    fn faults_name_their_setting() {
        let names = |name: &str| vec!["licenses.example.com".to_owned(), name.to_owned()];
        for (config, named) in [
            (Config { tls_acme_agree_to_terms: Switch::Off, ..sound() }, "tls_acme_agree_to_terms"),
            (Config { tls_certificate: Some("c.pem".into()), ..sound() }, "tls_certificate"),
            (Config { tls_acme_directory: "http://ca.lan".to_owned(), ..sound() }, "tls_acme_directory"),
            (Config { tls_acme_contact: Some("ada".to_owned()), ..sound() }, "tls_acme_contact"),
            (Config { tls_acme_domains: names("*.example.com"), ..sound() }, "wildcard"),
            (Config { tls_acme_domains: names("127.0.0.1"), ..sound() }, "127.0.0.1"),
            (Config { tls_acme_domains: names("https://a.example"), ..sound() }, "tls_acme_domains"),
            (Config { tls_acme_domains: names("a.example."), ..sound() }, "tls_acme_domains"),
            (Config { public_url: Some("https://other.example".to_owned()), ..sound() }, "public_url"),
            (Config { public_url: Some("http://licenses.example.com".to_owned()), ..sound() }, "public_url"),
            (Config { public_url: None, ..sound() }, "public_url"),
            (Config { tls_acme_domains: Vec::new(), ..sound() }, "tls_acme_domains"),
        ] {
            let error = check(&config).expect_err(named);
            assert!(error.contains(named), "{named}: {error}");
        }
        assert_eq!(check(&Config::default()), Ok(()));
    }
}
