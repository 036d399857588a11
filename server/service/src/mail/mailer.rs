//! The mail server: its settings, and one attempt to send a mail.

use std::net::IpAddr;
use std::time::Duration;

use domain::FieldError;
use lettre::message::Mailbox;
use lettre::transport::smtp;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::{Category, Severity};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use tokio::time::timeout;
use url::{Host, Url};

use super::message::{Outgoing, build};

/// Longest attempt, with the connection. The library has no timeout of replies.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest stored error, in characters.
const MAX_ERROR_LEN: usize = 300;

/// The settings of mail.
#[derive(Clone)]
pub struct MailSettings {
    /// The mail server: `smtp://` or `smtps://`, with user and password if it needs them.
    pub smtp_url: String,
    /// The sender, such as `Countersign <licenses@example.com>`.
    pub from: String,
    /// The public address of this instance, for links; without a trailing slash.
    pub origin: String,
}

/// Sends mails to the mail server of the settings.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    origin: String,
}

/// The outcome of an attempt.
pub(super) enum Attempt {
    /// The mail server has accepted the mail.
    Accepted,
    /// The mail server refuses this mail for good.
    Refused(String),
    /// The mail server asks for another attempt.
    Deferred(String),
    /// The mail server is not reachable, or refuses this sender. Other mails would fail too.
    Unavailable(String),
}

impl Mailer {
    /// Prepares the connection. Nothing is sent yet.
    ///
    /// # Errors
    /// Returns [`FieldError`] with the name of the wrong setting.
    pub fn new(settings: &MailSettings) -> Result<Self, FieldError> {
        let wrong_url = || {
            let text =
                "The setting smtp_url must be an address such as smtps://user:password@mail.example.com.";
            FieldError::new("smtp_url", text)
        };
        let url = connection_url(&settings.smtp_url).ok_or_else(wrong_url)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str());
        let mut builder = builder.map_err(|_| wrong_url())?.timeout(Some(ATTEMPT_TIMEOUT));
        if matches!(url.path(), "" | "/") {
            builder = builder.hello_name(hello_name(&settings.origin));
        }
        let from: Mailbox = settings.from.parse().map_err(|_| {
            let text = "The setting mail_from must be an address such as Maple <licenses@example.com>.";
            FieldError::new("mail_from", text)
        })?;
        Ok(Self { transport: builder.build(), from, origin: settings.origin.clone() })
    }

    /// Returns the public address of this instance.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the sender.
    pub(super) fn sender(&self) -> String {
        self.from.to_string()
    }

    /// Sends a mail on a connection of its own. A connection that is used again after a timeout would take
    /// the reply to one mail for the reply to the next.
    pub(super) async fn send(&self, mail: Outgoing<'_>) -> Attempt {
        let message = match build(&self.from, mail) {
            Ok(message) => message,
            Err(sentence) => return Attempt::Refused(sentence),
        };
        let bytes = message.formatted();
        let sending = self.transport.send_raw(message.envelope(), &bytes);
        match timeout(ATTEMPT_TIMEOUT, sending).await {
            Ok(Ok(_)) => Attempt::Accepted,
            Ok(Err(error)) => classify(&error),
            Err(_) => {
                let seconds = ATTEMPT_TIMEOUT.as_secs();
                Attempt::Unavailable(format!("The mail server did not answer within {seconds} s."))
            }
        }
    }
}

/// Classifies an error by the reply code (RFC 5321, 4.2.1; RFC 4954 for authentication).
fn classify(error: &smtp::Error) -> Attempt {
    let text = one_line(&error.to_string());
    match error.status().map(|code| (code.severity, code.category, u16::from(code))) {
        // Codes 530 to 538: the server refuses the credentials. Another user or password helps every mail.
        Some((Severity::PermanentNegativeCompletion, Category::Unspecified3, _) | (_, _, 421)) | None => {
            Attempt::Unavailable(text)
        }
        Some((Severity::PermanentNegativeCompletion, ..)) => Attempt::Refused(text),
        Some(_) => Attempt::Deferred(text),
    }
}

/// Returns a reply as one line of bounded length.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(MAX_ERROR_LEN).collect()
}

/// Returns the URL for the library. `smtp://` means STARTTLS, except to this machine and with `?tls=none`.
/// `None` if the setting is wrong.
fn connection_url(setting: &str) -> Option<Url> {
    let mut url = Url::parse(setting).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let is_local = host.eq_ignore_ascii_case("localhost")
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if url.username().is_empty() != url.password().is_none() {
        return None;
    }
    let query = match (url.scheme(), url.query()) {
        ("smtps", None) | ("smtp", Some("tls=none")) => None,
        ("smtp", None) if is_local => None,
        ("smtp", None | Some("tls=required")) => Some("tls=required"),
        _ => return None,
    };
    url.set_query(query);
    Some(url)
}

/// Returns the name by which this server greets the mail server: the host of the public address.
fn hello_name(origin: &str) -> ClientId {
    let url = Url::parse(origin).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => ClientId::Domain(name.to_owned()),
        Some(Host::Ipv4(ip)) => ClientId::Ipv4(ip),
        Some(Host::Ipv6(ip)) => ClientId::Ipv6(ip),
        None => ClientId::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query_of(setting: &str) -> Option<String> {
        connection_url(setting).map(|url| url.query().unwrap_or_default().to_owned())
    }

    #[test]
    fn smtp_to_another_machine_needs_tls() {
        let required = Some("tls=required".to_owned());
        for (setting, query) in [
            ("smtps://user:p%40ss@mail.example.com", Some(String::new())),
            ("smtp://mail.example.com", required.clone()),
            ("smtp://mail.example.com:2525?tls=required", required),
            ("smtp://mail.internal:25?tls=none", Some(String::new())),
            ("smtp://localhost:1025", Some(String::new())),
            ("smtp://127.0.0.1", Some(String::new())),
            ("smtp://[::1]:25", Some(String::new())),
            ("smtp://mail.example.com?tls=opportunistic", None),
            ("smtps://mail.example.com?tls=none", None),
            ("smtp://user@mail.example.com", None),
            ("http://mail.example.com", None),
            ("smtp://", None),
            ("mail.example.com", None),
            ("", None),
        ] {
            assert_eq!(query_of(setting), query, "{setting}");
        }
    }

    #[test]
    fn wrong_settings_are_named() {
        let settings = |url: &str, from: &str| MailSettings {
            smtp_url: url.to_owned(),
            from: from.to_owned(),
            origin: "https://licenses.example".to_owned(),
        };
        let field = |settings: &MailSettings| Mailer::new(settings).err().map(|error| error.field);
        assert_eq!(field(&settings("ftp://mail.example.com", "a@b.example")), Some("smtp_url"));
        assert_eq!(field(&settings("smtps://mail.example.com", "nobody")), Some("mail_from"));
        for from in ["a@b.example", "Maple & Co <a@b.example>", "\"Ada, Maple\" <a@b.example>"] {
            assert_eq!(field(&settings("smtps://u:p@mail.example.com", from)), None, "{from}");
        }
    }

    #[test]
    fn replies_become_one_short_line() {
        assert_eq!(one_line(" 550 5.1.1\r\nno\tsuch user "), "550 5.1.1 no such user");
        assert_eq!(one_line(&"x".repeat(500)).len(), MAX_ERROR_LEN);
    }
}
