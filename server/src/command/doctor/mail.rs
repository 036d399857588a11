//! The mail server: it greets, speaks TLS as set, and takes the credentials. Nothing is sent.

use service::mail::Mailer;

use super::code::Code;
use super::report::Finding;
use crate::config::Config;

/// Checks the mail server, if one is set.
pub async fn check(settings: &Config) -> Finding {
    let Some(mail) = settings.mail() else {
        return Finding::fault(
            Code::MailOff,
            "No mail server is set: users can't reset passwords, and customers get no mails.",
            "Set COUNTERSIGN_SMTP_URL and COUNTERSIGN_MAIL_FROM, if mails are wanted.",
        );
    };
    let result = match Mailer::new(&mail) {
        Ok(mailer) => mailer.check().await,
        Err(error) => Err(error.message),
    };
    match result {
        Ok(()) => Finding::fact(Code::MailReady, "The mail server answers and takes the credentials."),
        Err(reason) => Finding::fault(
            Code::MailServerFails,
            format!("The mail server fails: {}", sentence(&reason)),
            "Check host, port, TLS and password in COUNTERSIGN_SMTP_URL, and the firewall. Mails wait for a day.",
        ),
    }
}

/// Returns a reason with a full stop.
fn sentence(reason: &str) -> String {
    format!("{}.", reason.trim_end_matches('.'))
}
