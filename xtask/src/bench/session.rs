//! The session of a signed-in seller, by which scenarios use the dashboard.

use std::io::{self, BufRead, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use serde_json::Value;

use super::config::MAX_BULK_TIME;
use super::context::BenchContext;
use super::process::send_request;
use crate::cmd::Result;

/// Bytes of a request's body that are sent before the time is compared with its limit.
const WRITE_BYTES: usize = 1 << 20;

/// A signed-in session, as a browser has it.
pub struct Session {
    address: SocketAddr,
    cookie: String,
}

/// A response whose body the caller reads.
pub struct Response {
    pub status: u16,
    /// The target of a redirect, or empty.
    pub location: String,
    pub body: BufReader<TcpStream>,
}

impl Session {
    /// Signs the fixture's seller in.
    pub fn sign_in(context: &BenchContext<'_>) -> Result<Self> {
        let (fixture, address) = (context.fixture, context.process.address);
        let form = format!("email={}&password={}&next=", fixture.email.replace('@', "%40"), fixture.password);
        let (head, _) = send_request(
            address,
            &format!(
                "POST /_fn/sign_in HTTP/1.1\r\nHost: bench\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\nConnection: close\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
                form.len()
            ),
        )?;
        let cookie = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
            .filter_map(|(_, value)| value.split(';').next())
            .find(|value| value.starts_with("countersign_session"))
            .ok_or_else(|| format!("The sign-in failed: no session cookie in the response: {head}"))?
            .to_owned();
        Ok(Self { address, cookie })
    }

    /// Returns the headers of a request for a page.
    pub fn page_headers(&self) -> String {
        format!("Accept: text/html\r\nCookie: {}\r\n", self.cookie)
    }

    /// Calls a server function with a URL-encoded form. Returns the target of its redirect, or an empty
    /// text, and its result.
    ///
    /// # Errors
    /// Returns a message with the server's error if the function fails.
    pub fn call(&self, function: &str, form: &str) -> Result<(String, Value)> {
        let path = format!("/_fn/{function}");
        let mut response = self.post(&path, "application/x-www-form-urlencoded", form.as_bytes())?;
        let mut text = String::new();
        response.body.read_to_string(&mut text).map_err(|e| format!("{path}: {e}."))?;
        if !(200..300).contains(&response.status) {
            return Err(format!("{path} was answered with status {}: {text}", response.status));
        }
        Ok((response.location, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Returns a new token, which the forms of bulk jobs and imports contain.
    pub fn form_token(&self) -> Result<String> {
        let (_, page) = self.call("license_imports", "")?;
        let token = page["form_token"].as_str().map(ToOwned::to_owned);
        token.ok_or_else(|| format!("The page of imports has no form token: {page}"))
    }

    /// Requests a file.
    pub fn get(&self, path: &str) -> Result<Response> {
        self.send("GET", path, "", &[]).map_err(|e| format!("{path}: {e}."))
    }

    /// Sends a form.
    pub fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Response> {
        let headers = format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len());
        self.send("POST", path, &headers, body).map_err(|e| format!("{path}: {e}."))
    }

    /// Sends a request of HTTP/1.0, because the body of its response ends with the connection and has no
    /// chunks.
    fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> io::Result<Response> {
        let started = Instant::now();
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(MAX_BULK_TIME))?;
        stream.set_write_timeout(Some(MAX_BULK_TIME))?;
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: bench\r\nSec-Fetch-Site: same-origin\r\nAccept: application/json\r\n\
             Cookie: {}\r\n{headers}\r\n",
            self.cookie
        );
        stream.write_all(head.as_bytes())?;
        for part in body.chunks(WRITE_BYTES) {
            if started.elapsed() > MAX_BULK_TIME {
                return Err(io::Error::new(ErrorKind::TimedOut, "the server did not take the body in time"));
            }
            stream.write_all(part)?;
        }
        let mut body = BufReader::new(stream);
        let (status, location) = read_head(&mut body)?;
        Ok(Response { status, location, body })
    }
}

/// Reads the head of a response. Returns its status and the target of its redirect, or an empty text.
fn read_head(response: &mut impl BufRead) -> io::Result<(u16, String)> {
    let (mut line, mut location) = (String::new(), String::new());
    response.read_line(&mut line)?;
    let status = line.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("the response has no status: {line}")))?;
    loop {
        line.clear();
        if response.read_line(&mut line)? == 0 || line.trim().is_empty() {
            return Ok((status, location));
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("location")
        {
            value.trim().clone_into(&mut location);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_a_status_and_the_target_of_a_redirect() {
        let mut response = &b"HTTP/1.0 303 See Other\r\nLocation: /a:b\r\nVary: x\r\n\r\nbody"[..];
        assert_eq!(read_head(&mut response).expect("a head"), (303, "/a:b".to_owned()));
        assert_eq!(response, b"body");
        assert_eq!(read_head(&mut &b"HTTP/1.0 200 OK\r\n\r\n"[..]).expect("a head"), (200, String::new()));
        assert!(read_head(&mut &b""[..]).is_err());
    }
}
