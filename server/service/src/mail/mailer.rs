//! The mail server: its settings, and one attempt to send a mail.

use std::time::Duration;

use domain::FieldError;
use lettre::message::Mailbox;
use lettre::transport::smtp;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Rcpt};
use lettre::transport::smtp::response::{Category, Response, Severity};
use lettre::{Address, Message};
use tokio::time::timeout;

use super::message::{Outgoing, build};
use super::server::MailServer;

/// Longest wait until the mail server takes a recipient. The library has no timeout of replies.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest check of the mail server. An operator waits for it.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for the reply to a recipient, and to the announcement of the content.
const REPLY_TIMEOUT: Duration = Duration::from_mins(1);
/// Longest wait for the reply to a content. Mail servers may examine it so long (RFC 5321, 4.5.3.2.6).
const CONTENT_TIMEOUT: Duration = Duration::from_mins(10);
/// Longest wait for the end of the connection, which changes nothing.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest attempt, in milliseconds.
pub(super) const MAX_ATTEMPT_MS: i64 = 1000
    * (CONNECT_TIMEOUT.as_secs()
        + 2 * REPLY_TIMEOUT.as_secs()
        + CONTENT_TIMEOUT.as_secs()
        + QUIT_TIMEOUT.as_secs())
    .cast_signed();
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
    server: MailServer,
    from: Mailbox,
    origin: String,
}

/// The outcome of an attempt.
pub(super) enum Attempt {
    /// The mail server has accepted the mail.
    Accepted,
    /// The mail server refuses this mail for good.
    Refused(String),
    /// The mail server, or the state of this mail, asks for another attempt.
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
        let server = MailServer::parse(&settings.smtp_url, &settings.origin).ok_or_else(wrong_url)?;
        let wrong_sender = || {
            let text = "The setting mail_from must be an address such as Maple <licenses@example.com>.";
            FieldError::new("mail_from", text)
        };
        let from: Mailbox = settings.from.parse().map_err(|_| wrong_sender())?;
        // An address with other letters needs an extension that few mail servers offer (RFC 6531).
        if !from.email.to_string().is_ascii() {
            return Err(wrong_sender());
        }
        Ok(Self { server, from, origin: settings.origin.clone() })
    }

    /// Checks that the mail server greets, speaks TLS as set and takes the credentials. Sends nothing.
    ///
    /// # Errors
    /// Returns a line with the reason, for the operator.
    pub async fn check(&self) -> Result<(), String> {
        match timeout(CHECK_TIMEOUT, self.server.open(CHECK_TIMEOUT)).await {
            Ok(Ok(mut connection)) => {
                let _ = timeout(QUIT_TIMEOUT, connection.abort()).await;
                Ok(())
            }
            Ok(Err(error)) => Err(one_line(&error.to_string())),
            Err(_) => Err(no_answer(CHECK_TIMEOUT)),
        }
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
        let connecting = self.server.connect(CONNECT_TIMEOUT, &self.from.email);
        let mut connection = match timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Attempt::Unavailable(one_line(&error.to_string())),
            Err(_) => return Attempt::Unavailable(no_answer(CONNECT_TIMEOUT)),
        };
        let attempt = transfer(&mut connection, &message).await.err().unwrap_or(Attempt::Accepted);
        // The fate of the mail is known. A server that does not part changes nothing.
        let _ = timeout(QUIT_TIMEOUT, connection.abort()).await;
        attempt
    }
}

/// Names the recipients and sends the content.
async fn transfer(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Attempt> {
    let recipients: Vec<Address> = message.envelope().to().to_vec();
    for recipient in recipients {
        step(REPLY_TIMEOUT, connection.command(Rcpt::new(recipient, Vec::new()))).await?;
    }
    step(REPLY_TIMEOUT, connection.command(Data)).await?;
    step(CONTENT_TIMEOUT, connection.message(&message.formatted())).await
}

async fn step(
    limit: Duration,
    reply: impl Future<Output = Result<Response, smtp::Error>>,
) -> Result<(), Attempt> {
    match timeout(limit, reply).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(classify(&error)),
        Err(_) => Err(Attempt::Deferred(no_answer(limit))),
    }
}

fn no_answer(limit: Duration) -> String {
    format!("The mail server did not answer within {} s.", limit.as_secs())
}

/// Classifies an error about a recipient or a content by the reply code (RFC 5321, 4.2.1). Codes of RFC 4954
/// are about the credentials: 454, and 530 to 538.
fn classify(error: &smtp::Error) -> Attempt {
    let text = one_line(&error.to_string());
    match error.status().map(|code| (code.severity, code.category, u16::from(code))) {
        // The server closes the connection or limits its senders. Another mail would fail too.
        Some((_, _, 421 | 454)) => Attempt::Unavailable(text),
        // The server refuses the credentials. Another user or password helps every mail.
        Some((Severity::PermanentNegativeCompletion, Category::Unspecified3, _)) => {
            Attempt::Unavailable(text)
        }
        Some((Severity::PermanentNegativeCompletion, ..)) => Attempt::Refused(text),
        Some(_) | None => Attempt::Deferred(text),
    }
}

/// Returns a reply as one line of bounded length.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(MAX_ERROR_LEN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_are_named() {
        let settings = |url: &str, from: &str| MailSettings {
            smtp_url: url.to_owned(),
            from: from.to_owned(),
            origin: "https://licenses.example".to_owned(),
        };
        let field = |settings: &MailSettings| Mailer::new(settings).err().map(|error| error.field);
        assert_eq!(field(&settings("ftp://mail.example.com", "a@b.example")), Some("smtp_url"));
        for from in ["nobody", "ädä@b.example"] {
            assert_eq!(field(&settings("smtps://mail.example.com", from)), Some("mail_from"), "{from}");
        }
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
