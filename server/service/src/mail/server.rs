//! The mail server of the setting `smtp_url`, and connections to it.

use std::net::IpAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::Mail;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{self, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Protection of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// None: for this machine, and where the setting says so.
    Plain,
    /// STARTTLS after a connection in clear (RFC 3207). The server must offer it.
    StartTls,
    /// TLS from the start (RFC 8314).
    Tls,
}

/// A mail server.
pub(super) struct MailServer {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello_name: ClientId,
}

impl MailServer {
    /// Parses the setting `smtp_url`. `smtp://` means STARTTLS, except to this machine and with `?tls=none`.
    /// The path, if any, is the name by which this server greets; otherwise it is the host of `origin`.
    /// `None` if the setting is wrong.
    pub fn parse(setting: &str, origin: &str) -> Option<Self> {
        let url = Url::parse(setting).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let is_local =
            host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        // A `#` in a password would cut the rest off.
        if url.username().is_empty() != url.password().is_none() || url.fragment().is_some() {
            return None;
        }
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Security::Tls, SUBMISSIONS_PORT),
            ("smtp", Some("tls=none")) => (Security::Plain, SMTP_PORT),
            ("smtp", None) if is_local => (Security::Plain, SMTP_PORT),
            ("smtp", None | Some("tls=required")) => (Security::StartTls, SUBMISSION_PORT),
            _ => return None,
        };
        let decode = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(decode(url.username())?, decode(password)?)),
            None => None,
        };
        let hello_name = match url.path().trim_matches('/') {
            "" => hello_name(origin),
            name => ClientId::Domain(name.to_owned()),
        };
        Some(Self { host, port: url.port().unwrap_or(port), security, credentials, hello_name })
    }

    /// Connects, authenticates, and names the sender. An error of these steps would meet every mail.
    ///
    /// # Errors
    /// Returns an error if the server is not reachable, offers no TLS, or refuses the credentials or the
    /// sender.
    pub async fn connect(
        &self,
        timeout: Duration,
        sender: &Address,
    ) -> Result<AsyncSmtpConnection, smtp::Error> {
        let mut connection = self.open(timeout).await?;
        connection.command(Mail::new(Some(sender.clone()), Vec::new())).await?;
        Ok(connection)
    }

    /// Connects and authenticates.
    ///
    /// # Errors
    /// Returns an error if the server is not reachable, offers no TLS, or refuses the credentials.
    pub async fn open(&self, timeout: Duration) -> Result<AsyncSmtpConnection, smtp::Error> {
        let tls = || TlsParameters::new(self.host.clone());
        let from_the_start = if self.security == Security::Tls { Some(tls()?) } else { None };
        let server = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            server,
            Some(timeout),
            &self.hello_name,
            from_the_start,
            None,
        )
        .await?;
        if self.security == Security::StartTls {
            connection.starttls(tls()?, &self.hello_name).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
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

    const ORIGIN: &str = "https://licenses.example";

    #[test]
    fn smtp_to_another_machine_needs_tls() {
        let server = |setting| MailServer::parse(setting, ORIGIN).map(|it| (it.host, it.port, it.security));
        let found = |host: &str, port, security| Some((host.to_owned(), port, security));
        for (setting, expected) in [
            ("smtps://user:p%40ss@mail.example.com", found("mail.example.com", 465, Security::Tls)),
            ("smtp://mail.example.com", found("mail.example.com", 587, Security::StartTls)),
            (
                "smtp://mail.example.com:2525?tls=required",
                found("mail.example.com", 2525, Security::StartTls),
            ),
            ("smtp://mail.internal:25?tls=none", found("mail.internal", 25, Security::Plain)),
            ("smtp://localhost:1025", found("localhost", 1025, Security::Plain)),
            ("smtp://127.0.0.1", found("127.0.0.1", 25, Security::Plain)),
            ("smtp://[::1]:25", found("::1", 25, Security::Plain)),
            ("smtp://mail.example.com?tls=opportunistic", None),
            ("smtps://mail.example.com?tls=none", None),
            ("smtp://user@mail.example.com", None),
            ("smtp://user:12#x@mail.example.com", None),
            ("http://mail.example.com", None),
            ("smtp://", None),
            ("mail.example.com", None),
            ("", None),
        ] {
            assert_eq!(server(setting), expected, "{setting}");
        }
    }

    #[test]
    fn server_greets_by_the_host_of_the_public_address_or_the_path() {
        let name = |setting| MailServer::parse(setting, ORIGIN).map(|server| server.hello_name);
        let domain = |name: &str| Some(ClientId::Domain(name.to_owned()));
        assert_eq!(name("smtp://localhost"), domain("licenses.example"));
        assert_eq!(name("smtp://localhost/relay.example"), domain("relay.example"));
    }
}
