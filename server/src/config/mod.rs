//! Configuration: environment variables `COUNTERSIGN_…` over a TOML file over the defaults in this
//! file.

mod acme;
mod backup_schedule;
mod cache_size;
mod environment;
mod metrics;
mod named_values;
mod redact;
mod tls;
mod traces;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Environment, File};
use domain::rate_limit::RateLimitScope;
use domain::sign_up::SignUpPolicy;
use domain::webhook::AllowedTargets;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use service::RetentionPolicy;
use service::mail::{MailSettings, Mailer};

pub use backup_schedule::BackupSchedule;
pub use traces::TraceSettings;

use acme::OrderSettings;

use crate::acme::AcmeSettings;
use crate::tls::CertificateFiles;

/// All settings with their defaults.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The address and port to listen on. Default: `127.0.0.1:3000`.
    pub listen: SocketAddr,
    /// The folder of the database file and the master key. Default: `./data`.
    pub data_dir: PathBuf,
    /// `sqlite://path` or `postgres://user:password@host/name`. Default: the
    /// file `countersign.db` in the data folder.
    pub database_url: Option<String>,
    /// Maximum number of database connections. Default: 16.
    pub database_connections: u32,
    /// The master key itself, instead of the file `master.key` in the data
    /// folder: 32 bytes in URL-safe base64. Needed when several nodes share a
    /// PostgreSQL database.
    pub master_key: Option<String>,
    /// The address under which users reach this server, for example `https://licenses.example.com`.
    /// With https, cookies are Secure. Default: `http://` or, with TLS, `https://`, and the listen address.
    pub public_url: Option<String>,
    /// The PEM file of the certificate and its chain, for TLS without a proxy. Loaded again when it changes. Default:
    /// none, so that the server speaks HTTP without TLS.
    pub tls_certificate: Option<PathBuf>,
    /// The PEM file of the certificate's private key, without a password. Needed with `tls_certificate`.
    pub tls_key: Option<PathBuf>,
    /// Names for which the server orders its certificate by ACME, such as `licenses.example.com`; comma-separated in the
    /// environment. Default: none.
    #[serde(deserialize_with = "environment::texts")]
    pub tls_acme_domains: Vec<String>,
    /// Whether the operator agrees to the terms of service of the authority. Must be `on` with `tls_acme_domains`.
    /// Default: `off`.
    pub tls_acme_agree_to_terms: Switch,
    /// The operator's e-mail address for the authority. Default: none.
    pub tls_acme_contact: Option<String>,
    /// The directory of the authority. Default: that of Let's Encrypt.
    pub tls_acme_directory: String,
    /// A PEM file with the root of a private authority, by which its directory is checked beside the public roots.
    /// Default: none.
    pub tls_acme_root: Option<PathBuf>,
    /// The address and port at which requests are redirected to the public address, such as `0.0.0.0:80`. Default: none.
    pub redirect_listen: Option<SocketAddr>,
    /// Proxies whose `X-Forwarded-For` is trusted, as addresses or networks; comma-separated in the
    /// environment. Default: none.
    #[serde(deserialize_with = "environment::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// `on` or `off`. Off is for tests and benchmarks. Default: `on`.
    pub rate_limits: Switch,
    /// What the limits of requests and of attempts count for: `node` (each node) or `cluster` (all live nodes together,
    /// each by its share). All nodes need the same. Default: `node`.
    pub rate_limit_scope: RateLimitScope,
    /// Requests per minute and client. Defaults: the domain API contract.
    pub rate_limit: RateLimits,
    /// Requests of one token to the management API in five seconds; 0 lifts the limit. Default: 50.
    pub management_rate_limit: u32,
    /// Maximum size of the license and machine caches in bytes. Default: an eighth of the memory,
    /// from 64 to 512 MiB.
    pub cache_bytes: u64,
    /// Retention of outbox events in days. Default: 30.
    pub keep_events_days: u32,
    /// Retention of audit entries in days; 0 keeps them forever. Default: 0.
    pub keep_audit_days: u32,
    /// The folder of scheduled backups of the SQLite database. Default: none, so that no backup is
    /// written.
    pub backup_dir: Option<PathBuf>,
    /// Time between two scheduled backups, such as `24h` or `30m`. Default: `24h`.
    #[serde(with = "humantime_serde")]
    pub backup_every: Duration,
    /// Number of scheduled backups that are kept. Default: 7.
    pub backup_keep: usize,
    /// The mail server: `smtps://user:password@host`, or `smtp://` for STARTTLS. Default: none, so that no
    /// mail is sent.
    pub smtp_url: Option<String>,
    /// The sender of mails, such as `Maple <licenses@example.com>`. Needed with a mail server.
    pub mail_from: Option<String>,
    /// A folder with further languages of the customer's page: `fr/manage.ftl` and so on. Default: none.
    pub locales_dir: Option<PathBuf>,
    /// Addresses, networks and host names that webhooks may call beside public addresses, such as
    /// `127.0.0.1/32,10.1.0.0/16,hooks.lan`. Default: none.
    #[serde(deserialize_with = "environment::texts")]
    pub webhook_allow: Vec<String>,
    /// Whether webhooks may call addresses without TLS. Default: `off`.
    pub webhook_allow_http: Switch,
    /// Who may make an account for a new seller: `closed` (no person), `invitation` (whom the operator invites) or
    /// `open` (everyone). Default: `closed`.
    pub sign_up: SignUpPolicy,
    /// The address and port of the metrics in Prometheus' text format, at `/metrics`. Default: none, so that there are
    /// no metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// The bearer token that a scrape must send, of at least 16 characters. Needed if `metrics_listen` is not a loopback
    /// address.
    pub metrics_token: Option<String>,
    /// The address of a collector that takes traces by OTLP over HTTP, such as `http://127.0.0.1:4318`. Default: none,
    /// so that there are no traces.
    pub traces_endpoint: Option<String>,
    /// Headers of requests to the collector, such as `authorization=Bearer 0123`, separated by commas. A secret.
    pub traces_headers: Option<String>,
    /// A trace begins with one of so many requests, of those whose caller has no trace. Default: 1.
    pub traces_one_in: u32,
    /// `text` or `json`. Default: `text`.
    pub log_format: LogFormat,
    /// The log filter in the syntax of tracing's `EnvFilter`. Default: `info`.
    pub log: String,
}

/// Requests per minute and client, by endpoint of the domain API.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimits {
    /// `POST /activate`. Default: 30.
    pub activate: u32,
    /// `GET /verify`. Default: 120.
    pub verify: u32,
    /// `POST /deactivate`. Default: 30.
    pub deactivate: u32,
    /// `GET /status`. Default: 60.
    pub status: u32,
}

/// A setting that is on or off.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// On.
    #[serde(alias = "true")]
    On,
    /// Off.
    #[serde(alias = "false")]
    Off,
}

/// The format of log lines.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text for people.
    Text,
    /// One JSON document per line.
    Json,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { activate: 30, verify: 120, deactivate: 30, status: 60 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            data_dir: PathBuf::from("./data"),
            database_url: None,
            database_connections: 16,
            master_key: None,
            public_url: None,
            tls_certificate: None,
            tls_key: None,
            tls_acme_domains: Vec::new(),
            tls_acme_agree_to_terms: Switch::Off,
            tls_acme_contact: None,
            tls_acme_directory: acme::LETS_ENCRYPT.to_owned(),
            tls_acme_root: None,
            redirect_listen: None,
            trusted_proxies: Vec::new(),
            rate_limits: Switch::On,
            rate_limit_scope: RateLimitScope::Node,
            rate_limit: RateLimits::default(),
            management_rate_limit: 50,
            cache_bytes: cache_size::cache_bytes(),
            keep_events_days: 30,
            keep_audit_days: 0,
            backup_dir: None,
            backup_every: Duration::from_hours(24),
            backup_keep: 7,
            smtp_url: None,
            mail_from: None,
            locales_dir: None,
            webhook_allow: Vec::new(),
            webhook_allow_http: Switch::Off,
            sign_up: SignUpPolicy::Closed,
            metrics_listen: None,
            metrics_token: None,
            traces_endpoint: None,
            traces_headers: None,
            traces_one_in: 1,
            log_format: LogFormat::Text,
            log: "info".to_owned(),
        }
    }
}

impl Config {
    /// Loads the settings. A database URL of the command line has precedence.
    ///
    /// # Errors
    /// Returns a sentence that names the invalid setting.
    pub fn load(file: Option<&Path>, database_url: Option<String>) -> Result<Self, String> {
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(File::from(file).format(config::FileFormat::Toml));
        }
        let environment = Environment::with_prefix("COUNTERSIGN")
            .prefix_separator("_")
            .separator("__")
            .ignore_empty(true)
            .source(Some(environment::own_variables()));
        let loaded = builder.add_source(environment).build().map_err(|e| error_sentence(&e))?;
        let mut settings: Self = loaded.try_deserialize().map_err(|e| error_sentence(&e))?;
        settings.database_url = database_url.or(settings.database_url);
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), String> {
        let url = self.database_url();
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err("The setting database_url must begin with sqlite:// or postgres://.".into());
        }
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(
                "The setting database_url must name a file: an in-memory database would lose every license."
                    .into(),
            );
        }
        if self.database_connections == 0 {
            return Err("The setting database_connections must be at least 1.".into());
        }
        if self.keep_events_days == 0 {
            return Err(
                "The setting keep_events_days must be at least 1: other processes read events to invalidate their caches.".into()
            );
        }
        if self.backup_every < Duration::from_secs(1) || self.backup_keep == 0 {
            return Err("The settings backup_every and backup_keep must be at least 1s and 1.".into());
        }
        if self.backup_dir.is_some() && self.sqlite_file().is_none() {
            return Err(
                "The setting backup_dir is for SQLite. Back up PostgreSQL with its own tools; see docs/operations.md."
                    .into(),
            );
        }
        if let Some(url) = &self.public_url {
            let parsed = url::Url::parse(url).ok().filter(|u| matches!(u.scheme(), "http" | "https"));
            if parsed.is_none_or(|u| u.host_str().is_none() || u.path() != "/" || u.query().is_some()) {
                return Err(
                    "The setting public_url must be an address such as https://licenses.example.com, without a path."
                        .into(),
                );
            }
        }
        self.check_tls()?;
        if self.smtp_url.is_some() && self.mail_from.is_none() {
            return Err("The setting smtp_url needs the setting mail_from, the sender of mails.".into());
        }
        if self.smtp_url.is_some() && self.public_url.is_none() && !self.listen.ip().is_loopback() {
            return Err(
                "The setting smtp_url needs the setting public_url, to which links in mails lead.".into()
            );
        }
        if let Some(mail) = self.mail() {
            Mailer::new(&mail).map_err(|error| error.message)?;
        }
        self.webhook_targets()?;
        metrics::check(self.metrics_listen, self.metrics_token.as_deref())?;
        self.traces()?;
        if tracing_subscriber::EnvFilter::try_new(&self.log).is_err() {
            return Err(
                "The setting log must be a level such as info, or a filter such as warn,server=debug.".into(),
            );
        }
        Ok(())
    }

    /// Checks the settings of TLS. Needed again if `listen` was replaced.
    ///
    /// # Errors
    /// Returns a sentence that names the setting.
    pub fn check_tls(&self) -> Result<(), String> {
        let (certificate, key) = (self.tls_certificate.as_deref(), self.tls_key.as_deref());
        acme::check(self.order_settings())?;
        tls::check(certificate, key, self.public_url.as_deref(), self.listen)?;
        tls::check_redirect(self.redirect_listen, &self.origin())
    }

    /// Returns what certificate is ordered, if it is.
    #[must_use]
    pub fn acme(&self) -> Option<AcmeSettings> {
        acme::settings(self.order_settings())
    }

    fn order_settings(&self) -> OrderSettings<'_> {
        OrderSettings {
            domains: &self.tls_acme_domains,
            agrees_to_terms: self.tls_acme_agree_to_terms == Switch::On,
            contact: self.tls_acme_contact.as_deref(),
            directory: &self.tls_acme_directory,
            root: self.tls_acme_root.as_deref(),
            has_files: self.tls_certificate.is_some() || self.tls_key.is_some(),
            public_url: self.public_url.as_deref(),
        }
    }

    /// Returns whether the server speaks TLS.
    #[must_use]
    pub fn speaks_tls(&self) -> bool {
        self.tls_certificate.is_some() || !self.tls_acme_domains.is_empty()
    }

    /// Returns the files of the certificate, if it comes from files.
    #[must_use]
    pub fn certificate_files(&self) -> Option<CertificateFiles> {
        let (certificate, key) = self.tls_certificate.clone().zip(self.tls_key.clone())?;
        Some(CertificateFiles { certificate, key })
    }

    /// Returns the retention of events and audit entries.
    #[must_use]
    pub fn retention(&self) -> RetentionPolicy {
        RetentionPolicy {
            events: self.keep_events_days,
            audit: Some(self.keep_audit_days).filter(|days| *days > 0),
        }
    }

    /// Returns the schedule of backups, if a folder is set.
    #[must_use]
    pub fn backup_schedule(&self) -> Option<BackupSchedule> {
        let schedule =
            |folder: PathBuf| BackupSchedule { folder, interval: self.backup_every, keep: self.backup_keep };
        self.backup_dir.clone().map(schedule)
    }

    /// Returns the addresses that webhooks may call beside public ones.
    ///
    /// # Errors
    /// Returns a sentence that names the wrong entry.
    pub fn webhook_targets(&self) -> Result<AllowedTargets, String> {
        let allows_http = self.webhook_allow_http == Switch::On;
        AllowedTargets::parse(&self.webhook_allow.join(","), allows_http).map_err(|error| error.message)
    }

    /// Returns the settings of mail, if a mail server is set. Links lead to the public address.
    #[must_use]
    pub fn mail(&self) -> Option<MailSettings> {
        let (smtp_url, from) = self.smtp_url.clone().zip(self.mail_from.clone())?;
        Some(MailSettings { smtp_url, from, origin: self.origin() })
    }

    /// Returns the settings of traces, if a collector is set.
    ///
    /// # Errors
    /// Returns a sentence that names the wrong setting.
    pub fn traces(&self) -> Result<Option<TraceSettings>, String> {
        traces::parse(self.traces_endpoint.as_deref(), self.traces_headers.as_deref(), self.traces_one_in)
    }

    /// Returns whether the routes of requests are counted or recorded.
    #[must_use]
    pub fn observes_requests(&self) -> bool {
        self.metrics_listen.is_some() || self.traces_endpoint.is_some()
    }

    /// Returns the database URL.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}", self.data_dir.join("countersign.db").display()))
    }

    /// Returns the file of a SQLite database; `None` for PostgreSQL.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        service::store::sqlite_file(&self.database_url())
    }

    /// Returns the path of the master key's file.
    #[must_use]
    pub fn master_key_file(&self) -> PathBuf {
        self.data_dir.join("master.key")
    }

    /// Returns the path of the file of the next master key during a rotation.
    #[must_use]
    pub fn new_master_key_file(&self) -> PathBuf {
        self.data_dir.join("master.key.new")
    }

    /// Returns the public address of this server, without a trailing slash.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public_url.as_ref().map_or_else(
            || {
                // A browser cannot connect to the unspecified address.
                let ip = if self.listen.ip().is_unspecified() {
                    IpAddr::from([127, 0, 0, 1])
                } else {
                    self.listen.ip()
                };
                let scheme = if self.speaks_tls() { "https" } else { "http" };
                format!("{scheme}://{}", SocketAddr::new(ip, self.listen.port()))
            },
            // Normalized as browsers send it in `Origin`.
            |url| url::Url::parse(url).map_or_else(|_| url.clone(), |url| url.origin().ascii_serialization()),
        )
    }

    /// Returns whether users reach this server over https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin().starts_with("https://")
    }

    /// Returns the settings with secrets redacted.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let mut masked = self.clone();
        masked.master_key = masked.master_key.map(|_| "********".to_owned());
        masked.database_url = Some(redact::redact_password(&self.database_url()));
        masked.metrics_token = masked.metrics_token.map(|_| "********".to_owned());
        masked.traces_headers = masked.traces_headers.map(|_| "********".to_owned());
        masked.smtp_url = masked.smtp_url.as_deref().map(redact::redact_credentials);
        masked.public_url = Some(self.origin());
        masked
    }

    /// Returns whether the settings hold a key, a password or a token. A database's URL with a query may have a password
    /// there.
    #[must_use]
    pub fn holds_secrets(&self) -> bool {
        let has_password = |url: &str| url::Url::parse(url).is_ok_and(|url| url.password().is_some());
        self.master_key.is_some()
            || self.metrics_token.is_some()
            || self.traces_headers.is_some()
            || self.smtp_url.as_deref().is_some_and(has_password)
            || self.database_url.as_deref().is_some_and(|url| redact::redact_password(url) != url)
    }

    /// Returns names and values of all settings, with secrets redacted, for the operator's page.
    #[must_use]
    pub fn named_values(&self) -> Vec<(String, String)> {
        serde_json::to_value(self.redacted())
            .map(|document| named_values::named_values(&document))
            .unwrap_or_default()
    }
}

fn error_sentence(error: &config::ConfigError) -> String {
    format!("A setting is wrong: {error}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_toml(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::with_suffix(".toml").expect("temporary file is created");
        std::fs::write(file.path(), text).expect("settings file is written");
        Config::load(Some(file.path()), None)
    }

    #[test]
    fn invalid_value_names_its_setting() {
        for (text, name) in [
            ("listen = 'nowhere'", "listen"),
            ("database_connections = 'many'", "database_connections"),
            ("database_connections = 0", "database_connections"),
            ("database_url = 'mysql://x'", "database_url"),
            ("database_url = 'sqlite::memory:'", "database_url"),
            ("public_url = 'licenses.example.com'", "public_url"),
            ("trusted_proxies = ['10.0.0.0/99']", "trusted_proxies"),
            ("rate_limits = 'maybe'", "rate_limits"),
            ("rate_limit_scope = 'instance'", "rate_limit_scope"),
            ("lisent = '127.0.0.1:1'", "lisent"),
            ("[rate_limit]\nverify = -1", "verify"),
            ("smtp_url = 'smtps://mail.example.com'", "mail_from"),
            (
                "smtp_url = 'smtps://mail.example.com'\nmail_from = 'a@b.example'\nlisten = '0.0.0.0:3000'",
                "public_url",
            ),
            ("smtp_url = 'http://mail.example.com'\nmail_from = 'a@b.example'", "smtp_url"),
            ("smtp_url = 'smtps://mail.example.com'\nmail_from = 'nobody'", "mail_from"),
            ("webhook_allow = ['10.0.0.0/99']", "webhook_allow"),
            ("webhook_allow = 'https://hooks.lan'", "webhook_allow"),
            ("webhook_allow_http = 'maybe'", "webhook_allow_http"),
            ("sign_up = 'maybe'", "sign_up"),
            ("tls_certificate = 'c.pem'", "tls_key"),
            ("tls_key = 'k.pem'", "tls_certificate"),
            ("tls_certificate = 'c.pem'\ntls_key = 'k.pem'\npublic_url = 'http://a.example'", "public_url"),
            ("tls_certificate = 'c.pem'\ntls_key = 'k.pem'\nlisten = '0.0.0.0:443'", "public_url"),
            ("tls_acme_domains = ['a.example']\npublic_url = 'https://a.example'", "tls_acme_agree_to_terms"),
            ("tls_acme_domains = ['a.example']\ntls_acme_agree_to_terms = 'on'", "public_url"),
            ("tls_acme_contact = 'ada@example.com'", "tls_acme_domains"),
            ("redirect_listen = 'nowhere'", "redirect_listen"),
            ("redirect_listen = '0.0.0.0:80'", "redirect_listen"),
            ("metrics_listen = 'nowhere'", "metrics_listen"),
            ("metrics_listen = '0.0.0.0:13009'", "metrics_token"),
            ("metrics_listen = '[::]:13009'\nmetrics_token = 'too short'", "metrics_token"),
            ("traces_endpoint = '127.0.0.1:4318'", "traces_endpoint"),
            ("traces_endpoint = 'http://127.0.0.1:4318'\ntraces_headers = 'Bearer'", "traces_headers"),
            ("traces_endpoint = 'http://127.0.0.1:4318'\ntraces_one_in = 0", "traces_one_in"),
            ("traces_one_in = 'all'", "traces_one_in"),
        ] {
            let error = from_toml(text).err().unwrap_or_else(|| panic!("{text} was accepted"));
            assert!(error.contains(name), "{text}: {error}");
        }
    }

    #[test]
    fn config_is_read_from_a_file() {
        let settings = from_toml("trusted_proxies = ['10.0.0.0/8', '::1']\n[rate_limit]\nverify = 5")
            .expect("settings are valid");
        assert_eq!(settings.trusted_proxies.len(), 2);
        assert_eq!(settings.rate_limit.verify, 5);
        assert_eq!(settings.rate_limit.activate, 30);
    }

    #[test]
    fn settings_with_secrets_are_known() {
        assert!(!Config::default().holds_secrets());
        for url in ["sqlite://data/cs.db?mode=rwc", "postgres://seller@db/cs"] {
            assert!(!Config { database_url: Some(url.into()), ..Config::default() }.holds_secrets(), "{url}");
        }
        let text = || Some("0123456789abcdef".to_owned());
        for settings in [
            Config { master_key: text(), ..Config::default() },
            Config { metrics_token: text(), ..Config::default() },
            Config { traces_headers: text(), ..Config::default() },
            Config { smtp_url: Some("smtps://a:b@mail.example.com".into()), ..Config::default() },
            Config { database_url: Some("postgres://seller:hunter2@db/cs".into()), ..Config::default() },
            Config { database_url: Some("postgres://db/cs?password=hunter2".into()), ..Config::default() },
        ] {
            assert!(settings.holds_secrets(), "{:?}", settings.redacted().named_values());
        }
    }

    #[test]
    fn public_address_is_https_with_a_certificate() {
        let settings = from_toml("tls_certificate = 'c.pem'\ntls_key = 'k.pem'").expect("settings are valid");
        assert_eq!(settings.origin(), "https://127.0.0.1:3000");
        assert!(settings.is_https() && settings.certificate_files().is_some());
    }

    #[test]
    fn secrets_are_redacted() {
        let token = Some("top-secret-token".into());
        let settings = Config {
            master_key: Some("top-secret".into()),
            metrics_token: token,
            traces_headers: Some("authorization=top-secret".into()),
            ..Config::default()
        };
        for url in [
            "postgres://seller:hunter2@db/cs",
            "postgres://seller:hunter2#@db/cs",
            "postgres://db/cs?password=hunter2",
        ] {
            let settings = Config { database_url: Some(url.into()), ..settings.clone() };
            let text = serde_json::to_string(&settings.redacted()).expect("settings serialize to JSON");
            assert!(!text.contains("top-secret") && !text.contains("hunter2"), "{text}");
        }
        for url in [
            "smtps://hunter2:hunter2@mail.example.com",
            "smtp://seller:hunter2@mail.example.com?tls=required",
        ] {
            let settings = Config { smtp_url: Some(url.into()), ..settings.clone() };
            let text = serde_json::to_string(&settings.redacted()).expect("settings serialize to JSON");
            assert!(!text.contains("hunter2") && text.contains("smtp"), "{text}");
        }
    }
}
