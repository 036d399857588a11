//! Messages in the format of RFC 5322, safe against header injection.

use std::time::{Duration, UNIX_EPOCH};

use domain::Timestamp;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use uuid::Uuid;

use super::content::Body;

/// Longest subject in characters. Names in it may have 120.
const MAX_SUBJECT_LEN: usize = 200;

/// How a seller appears as the sender. The address is always the instance's, because mail servers check it.
#[derive(Clone, Default)]
pub(super) struct SellerSender {
    /// The name beside the address of the instance.
    pub name: Option<String>,
    /// The address for replies.
    pub reply_to: Option<String>,
}

/// A mail, ready for its message.
pub(super) struct Outgoing<'a> {
    pub id: Uuid,
    /// The seller's name and reply address, if the mail has them.
    pub sender: SellerSender,
    pub recipient: &'a str,
    pub subject: &'a str,
    pub body: Body,
    pub created_at: Timestamp,
}

/// Builds the message. Its id is the same in every attempt, so that mail programs recognize a mail that
/// arrives twice.
///
/// # Errors
/// Returns a sentence if the recipient is no address of SMTP.
pub(super) fn build(from: &Mailbox, mail: Outgoing<'_>) -> Result<Message, String> {
    let Outgoing { id, sender, recipient, subject, body, created_at } = mail;
    let to = recipient.parse::<Address>();
    let to = to.map_err(|_| "The address is not one that mail servers accept.".to_owned())?;
    let millis = u64::try_from(created_at.millis()).unwrap_or(0);
    // Mail programs send no automatic answer to such a mail (RFC 3834).
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    let automatic = HeaderValue::new(automatic, "auto-generated".to_owned());
    let name = sender.name.as_deref().map(header_text).filter(|name| !name.is_empty());
    let name = name.or_else(|| from.name.clone());
    let mut builder =
        Message::builder().from(Mailbox::new(name, from.email.clone())).to(Mailbox::new(None, to));
    if let Some(address) = sender.reply_to.and_then(|address| address.parse::<Address>().ok()) {
        builder = builder.reply_to(Mailbox::new(None, address));
    }
    builder
        .subject(header_text(subject))
        .date(UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .raw_header(automatic)
        .multipart(MultiPart::alternative_plain_html(body.text, body.html))
        .map_err(|error| format!("The message could not be built: {error}."))
}

/// Returns a text for a header: one line without control characters, of bounded length.
pub(super) fn header_text(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let line: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    line.trim().chars().take(MAX_SUBJECT_LEN).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::content::Content;
    use super::*;

    fn message(subject: &str, paragraph: &str) -> Vec<u8> {
        message_of(SellerSender::default(), subject, paragraph)
    }

    fn message_of(sender: SellerSender, subject: &str, paragraph: &str) -> Vec<u8> {
        let link = format!("https://a.example/{paragraph}");
        let content = Content::new(subject).text(paragraph).link("Open", link);
        let outgoing = Outgoing {
            id: Uuid::nil(),
            sender,
            recipient: "ada@example.com",
            subject,
            body: content.render(),
            created_at: Timestamp::from_millis(1_768_473_000_000),
        };
        let from: Mailbox = "Countersign <licenses@example.com>".parse().expect("a mailbox");
        build(&from, outgoing).expect("a message").formatted()
    }

    /// Returns the names of the headers.
    fn header_names(message: &[u8]) -> Vec<String> {
        let text = std::str::from_utf8(message).expect("ASCII");
        let (head, _) = text.split_once("\r\n\r\n").expect("headers and a body");
        let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect()
    }

    const HEADERS: [&str; 8] =
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];

    fn assert_sound(message: &[u8]) {
        assert_eq!(header_names(message), HEADERS);
        assert!(message.is_ascii());
        let text = String::from_utf8_lossy(message).replace("\r\n", "");
        assert!(!text.contains(['\r', '\n']), "a line break of one character");
        for line in String::from_utf8_lossy(message).split("\r\n") {
            assert!(line.len() <= 998, "RFC 5322, 2.1.1: {line}");
        }
    }

    #[test]
    fn line_breaks_in_a_subject_add_no_header() {
        for subject in [
            "Hello\r\nBcc: eve@example.com",
            "Hello\nBcc: eve@example.com\n\nbody",
            "Hello\rBcc: eve@example.com",
            "Hello\u{2028}Bcc: eve@example.com",
            "=?utf-8?q?=0D=0ABcc:_eve@example.com?=",
            "\0\u{b}\u{c}\u{85}",
            "",
        ] {
            assert_sound(&message(subject, "text"));
        }
    }

    #[test]
    fn message_names_sender_recipient_and_time() {
        let message = String::from_utf8(message("Test mail", "text")).expect("ASCII");
        for line in [
            "To: ada@example.com\r\n",
            "Subject: Test mail\r\n",
            "Date: Thu, 15 Jan 2026 10:30:00 +0000\r\n",
            "Message-ID: <00000000-0000-0000-0000-000000000000@example.com>\r\n",
            "Auto-Submitted: auto-generated\r\n",
        ] {
            assert!(message.contains(line), "{line}: {message}");
        }
    }

    #[test]
    fn addresses_that_break_a_line_are_refused() {
        let from: Mailbox = "licenses@example.com".parse().expect("a mailbox");
        for recipient in ["ada@example.com\r\nBcc: eve@example.com", "ada@example.com>", "ada", ""] {
            let outgoing = Outgoing {
                id: Uuid::nil(),
                sender: SellerSender::default(),
                recipient,
                subject: "x",
                body: Content::new("x").render(),
                created_at: Timestamp::default(),
            };
            assert!(build(&from, outgoing).is_err(), "{recipient:?}");
        }
    }

    #[test]
    fn seller_is_named_beside_the_address_of_the_instance() {
        let sender = |reply_to: &str| SellerSender {
            name: Some("Maple\r\nBcc: eve@example.com".to_owned()),
            reply_to: Some(reply_to.to_owned()),
        };
        let message = String::from_utf8(message_of(sender("help@maple.example"), "a", "b")).expect("ASCII");
        let names = header_names(message.as_bytes());
        assert_eq!(names.iter().filter(|name| *name == "Reply-To").count(), 1, "{names:?}");
        assert!(!names.iter().any(|name| name == "Bcc"), "{names:?}");
        assert!(message.contains("<licenses@example.com>\r\n"), "{message}");
        assert!(message.contains("Reply-To: help@maple.example\r\n"), "{message}");
        let broken = message_of(sender("help@maple.example\r\nBcc: eve@example.com"), "a", "b");
        assert_eq!(header_names(&broken), HEADERS, "a wrong address for replies is left out");
    }

    proptest! {
        #[test]
        fn no_sender_name_changes_the_headers(name in any::<String>()) {
            let sender = SellerSender { name: Some(name), reply_to: None };
            assert_sound(&message_of(sender, "a", "b"));
        }

        #[test]
        fn no_text_changes_the_headers(subject in any::<String>(), paragraph in any::<String>()) {
            assert_sound(&message(&subject, &paragraph));
        }

        #[test]
        fn no_line_break_changes_the_headers(
            subject in "[a-zA-Z:\r\n\t <>@=?ü.-]{0,300}", paragraph in "[a-zA-Z:\r\n\t .<-]{0,300}",
        ) {
            assert_sound(&message(&subject, &paragraph));
        }
    }
}
