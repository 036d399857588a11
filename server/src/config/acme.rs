//! The settings of the certificate that the server orders.

use std::path::Path;

use http::Uri;
use service::certificate::CertificateSubject;
use url::{Host, Url};

use crate::acme::AcmeSettings;

/// The directory of Let's Encrypt.
pub(super) const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// Names of one certificate: the limit of Let's Encrypt.
const MAX_NAMES: usize = 100;

/// The settings of an order, and those that they must fit.
#[derive(Clone, Copy)]
pub(super) struct OrderSettings<'a> {
    pub domains: &'a [String],
    pub agrees_to_terms: bool,
    pub contact: Option<&'a str>,
    pub directory: &'a str,
    pub root: Option<&'a Path>,
    /// Whether there is a file of a certificate or of a key.
    pub has_files: bool,
    pub public_url: Option<&'a str>,
}

/// Checks the settings. Those of the files are checked apart.
pub(super) fn check(config: OrderSettings<'_>) -> Result<(), String> {
    if config.domains.is_empty() {
        return check_unused(config);
    }
    if config.has_files {
        return Err(
            "The settings tls_certificate and tls_acme_domains exclude each other: a certificate comes from files or is \
             ordered."
                .into(),
        );
    }
    if !config.agrees_to_terms {
        return Err(
            "The setting tls_acme_domains needs tls_acme_agree_to_terms = \"on\": read the terms of service of the \
             authority first, such as https://letsencrypt.org/repository/."
                .into(),
        );
    }
    directory(config)?;
    if let Some(contact) = config.contact {
        let parsed = domain::Email::parse(contact);
        parsed.map_err(|error| format!("The setting tls_acme_contact is wrong: {}", error.message))?;
    }
    let names = names(config)?;
    if host(config).is_none_or(|host| !names.contains(&host)) {
        return Err(
            "The setting tls_acme_domains needs the setting public_url, such as https://licenses.example.com, with one \
             of its names."
                .into(),
        );
    }
    Ok(())
}

/// Checks that nothing is set that would have no effect.
fn check_unused(config: OrderSettings<'_>) -> Result<(), String> {
    let is_used = config.contact.is_some()
        || config.root.is_some()
        || config.agrees_to_terms
        || config.directory != LETS_ENCRYPT;
    if is_used {
        return Err(
            "The other settings tls_acme_... need the setting tls_acme_domains, the names of the certificate."
                .into(),
        );
    }
    Ok(())
}

/// Returns what is ordered. Of settings that were checked.
pub(super) fn settings(config: OrderSettings<'_>) -> Option<AcmeSettings> {
    if config.domains.is_empty() {
        return None;
    }
    Some(AcmeSettings {
        subject: CertificateSubject::new(directory(config).ok()?, names(config).ok()?),
        host: host(config)?,
        contact: config.contact.map(ToOwned::to_owned),
        root: config.root.map(Path::to_owned),
    })
}

/// Returns the address of the directory as it is requested.
fn directory(config: OrderSettings<'_>) -> Result<String, String> {
    let url = Url::parse(config.directory).ok().filter(is_https);
    let plain =
        url.filter(|url| url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    // The client of the protocol ends with a panic if it can't request the address.
    let address = plain.map(String::from).filter(|address| address.parse::<Uri>().is_ok());
    address.ok_or_else(|| {
        "The setting tls_acme_directory must be an address that begins with https://, without user, password and \
         fragment."
            .to_owned()
    })
}

/// Returns the host of the public address.
fn host(config: OrderSettings<'_>) -> Option<String> {
    let url = Url::parse(config.public_url?).ok().filter(is_https)?;
    url.host_str().map(ToOwned::to_owned)
}

fn is_https(url: &Url) -> bool {
    url.scheme() == "https" && url.has_host()
}

/// Returns the names as authorities compare them: in lower case and ASCII.
fn names(config: OrderSettings<'_>) -> Result<Vec<String>, String> {
    if config.domains.len() > MAX_NAMES {
        return Err(format!("The setting tls_acme_domains has more than {MAX_NAMES} names."));
    }
    config.domains.iter().map(|name| parse_name(name)).collect()
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

    fn names_of(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn sound(domains: &[String]) -> OrderSettings<'_> {
        OrderSettings {
            domains,
            agrees_to_terms: true,
            contact: Some("ada@example.com"),
            directory: LETS_ENCRYPT,
            root: None,
            has_files: false,
            public_url: Some("https://licenses.example.com"),
        }
    }

    #[test]
    fn names_are_normalized_and_sorted() {
        let domains = names_of(&["bücher.example", "Licenses.example.com"]);
        assert_eq!(check(sound(&domains)), Ok(()));
        let settings = settings(sound(&domains)).expect("what is ordered");
        assert_eq!(settings.subject.names(), ["licenses.example.com", "xn--bcher-kva.example"]);
        assert_eq!(settings.subject.directory(), LETS_ENCRYPT);
        assert_eq!(settings.host, "licenses.example.com");
    }

    #[test]
    fn directory_is_an_address_that_can_be_requested() {
        let domains = names_of(&["licenses.example.com"]);
        let with = |directory| OrderSettings { directory, ..sound(&domains) };
        let spaced = settings(with("https://CA.lan/a b")).expect("what is ordered");
        assert_eq!(spaced.subject.directory(), "https://ca.lan/a%20b");
        for directory in [
            "https://a{b.lan/",
            "https://ada@ca.lan/",
            "https://ada:p@ca.lan/",
            "https://ca.lan/#a",
            "ca.lan",
        ] {
            let error = check(with(directory)).expect_err(directory);
            assert!(error.contains("tls_acme_directory"), "{directory}: {error}");
        }
    }

    #[test]
    fn faults_name_their_setting() {
        let domains = names_of(&["licenses.example.com"]);
        let sound_settings = sound(&domains);
        for (settings, named) in [
            (OrderSettings { agrees_to_terms: false, ..sound_settings }, "tls_acme_agree_to_terms"),
            (OrderSettings { has_files: true, ..sound_settings }, "tls_certificate"),
            (OrderSettings { directory: "http://ca.lan", ..sound_settings }, "tls_acme_directory"),
            (OrderSettings { contact: Some("ada"), ..sound_settings }, "tls_acme_contact"),
            (OrderSettings { public_url: Some("https://other.example"), ..sound_settings }, "public_url"),
            (
                OrderSettings { public_url: Some("http://licenses.example.com"), ..sound_settings },
                "public_url",
            ),
            (OrderSettings { public_url: None, ..sound_settings }, "public_url"),
            (sound(&[]), "tls_acme_domains"),
        ] {
            let error = check(settings).expect_err(named);
            assert!(error.contains(named), "{named}: {error}");
        }
        for name in ["*.example.com", "127.0.0.1", "https://a.example", "a.example.", ""] {
            let domains = names_of(&["licenses.example.com", name]);
            let error = check(sound(&domains)).expect_err(name);
            assert!(error.contains("tls_acme_domains") && error.contains(name), "{name}: {error}");
        }
    }

    #[test]
    fn no_order_is_the_default() {
        let unused = OrderSettings { agrees_to_terms: false, contact: None, public_url: None, ..sound(&[]) };
        assert_eq!(check(unused), Ok(()));
        assert_eq!(settings(unused), None);
    }
}
