//! Settings that are valid, and still not what an operator wants.

use url::{Host, Url};

use super::code::Code;
use super::report::Finding;
use crate::config::{Config, Switch};
use crate::locales;

/// Checks the settings.
pub fn check(settings: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::fact(Code::SettingsValid, "The settings are read and valid.")];
    findings.extend(public_url(settings.public_url.as_deref()));
    if settings.rate_limits == Switch::Off {
        findings.push(Finding::fault(
            Code::RateLimitsOff,
            "The rate limits are off: a client may guess keys without a limit.",
            "Remove COUNTERSIGN_RATE_LIMITS. The value off is for tests and benchmarks.",
        ));
    }
    if settings.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
        findings.push(Finding::fault(
            Code::ProxiesTrustAll,
            "Every address is a trusted proxy: a client can claim any address and evade the limits.",
            "Set COUNTERSIGN_TRUSTED_PROXIES to the addresses of your proxies alone.",
        ));
    }
    if settings.webhook_allow_http == Switch::On {
        findings.push(Finding::fault(
            Code::WebhooksWithoutTls,
            "Webhooks may go to addresses without TLS: events travel in clear.",
            "Remove COUNTERSIGN_WEBHOOK_ALLOW_HTTP, unless all receivers are in your own network.",
        ));
    }
    if let Some(Err(sentence)) = settings.locales_dir.as_deref().map(locales::load) {
        let remedy = "Correct the file or the setting locales_dir. The server does not start with it.";
        findings.push(Finding::fault(Code::LocalesInvalid, sentence, remedy));
    }
    findings
}

/// Judges the public address alone; another check calls it.
fn public_url(setting: Option<&str>) -> Option<Finding> {
    let Some(setting) = setting else {
        return Some(Finding::fault(
            Code::PublicUrlNotSet,
            "No public address is set: the dashboard takes forms from the listen address alone.",
            "Set COUNTERSIGN_PUBLIC_URL to the address that browsers use, such as https://licenses.example.com.",
        ));
    };
    let url = Url::parse(setting).ok()?;
    if url.scheme() == "https" || is_this_machine(&url) {
        return None;
    }
    Some(Finding::fault(
        Code::PublicUrlNotSecure,
        // Without a user or a password in it.
        format!(
            "The public address {} is without TLS: passwords, sessions and keys travel in clear.",
            url.origin().ascii_serialization()
        ),
        "Set COUNTERSIGN_TLS_ACME_DOMAINS, or COUNTERSIGN_TLS_CERTIFICATE and COUNTERSIGN_TLS_KEY, or put a proxy with a certificate in front, and set \
         COUNTERSIGN_PUBLIC_URL to the https address.",
    ))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(settings: &Config) -> Vec<Code> {
        check(settings).iter().map(Finding::code).collect()
    }

    #[test]
    fn unsafe_settings_are_named() {
        let https = Some("https://licenses.example.com".to_owned());
        let sound = Config { public_url: https, ..Config::default() };
        assert_eq!(codes(&sound), [Code::SettingsValid]);
        let all = "::/0".parse::<ipnet::IpNet>().expect("a network");
        for (settings, code) in [
            (Config { rate_limits: Switch::Off, ..sound.clone() }, Code::RateLimitsOff),
            (Config { trusted_proxies: vec![all], ..sound.clone() }, Code::ProxiesTrustAll),
            (Config { webhook_allow_http: Switch::On, ..sound.clone() }, Code::WebhooksWithoutTls),
            (Config { locales_dir: Some("/no/such/folder".into()), ..sound.clone() }, Code::LocalesInvalid),
            (Config { public_url: None, ..sound.clone() }, Code::PublicUrlNotSet),
        ] {
            assert!(codes(&settings).contains(&code), "{code:?}");
        }
    }

    #[test]
    fn public_address_needs_tls_unless_it_is_this_machine() {
        let is_secure = |url: &str| public_url(Some(url)).is_none();
        for url in
            ["https://a.example", "http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"]
        {
            assert!(is_secure(url), "{url}");
        }
        let shown = format!("{:?}", public_url(Some("http://ada:secret@a.example")));
        assert!(shown.contains("http://a.example ") && !shown.contains("secret"), "{shown}");
        for url in ["http://a.example", "http://192.168.0.9:3000", "http://localhost.example"] {
            assert!(!is_secure(url), "{url}");
        }
    }
}
