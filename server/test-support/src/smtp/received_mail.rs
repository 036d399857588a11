//! A message that the SMTP server has received.

use data_encoding::BASE64;

/// A message that the server has accepted.
#[derive(Debug, Clone)]
pub struct ReceivedMail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Headers and body as sent, without the dots of the protocol.
    pub data: String,
    /// The credentials of the connection: user and password, if it authenticated.
    pub credentials: Option<(String, String)>,
}

impl ReceivedMail {
    /// Returns the first line of a header as it was sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.data.split_once("\r\n\r\n")?;
        let prefix = format!("{name}: ");
        head.split("\r\n").find_map(|line| line.strip_prefix(prefix.as_str()))
    }

    /// Returns the plain text.
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    /// Returns the HTML.
    pub fn html(&self) -> String {
        self.part("text/html")
    }

    /// Returns the first address in the plain text that begins like this.
    pub fn link(&self, start: &str) -> String {
        let text = self.text();
        let link = text.split_whitespace().find(|word| word.starts_with(start));
        link.unwrap_or_else(|| panic!("no link {start}: {text}")).to_owned()
    }

    fn part(&self, kind: &str) -> String {
        let start = self.data.find(&format!("Content-Type: {kind}")).expect("a part of this type");
        let (head, rest) = self.data[start..].split_once("\r\n\r\n").expect("a body");
        let body = rest.split("\r\n--").next().unwrap_or_default();
        let encoding = head.lines().find_map(|line| line.strip_prefix("Content-Transfer-Encoding: "));
        let bytes = match encoding {
            Some("quoted-printable") => decode_quoted_printable(body),
            Some("base64") => {
                let body: String = body.split_whitespace().collect();
                BASE64.decode(body.as_bytes()).expect("base64")
            }
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
    }
}

/// Decodes quoted-printable (RFC 2045, section 6.7).
fn decode_quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), joined.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'=' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}
