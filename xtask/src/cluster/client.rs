//! Requests from outside of the hosts, each on a new connection, with time limits.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longest wait for a connection. A host whose line is cut refuses nothing.
const MAX_CONNECT: Duration = Duration::from_secs(2);

/// What became of a request.
pub enum Outcome {
    Answer(Answer),
    /// No connection, or it broke before the answer: the process was killed.
    Unreachable,
    /// No complete answer in time.
    TimedOut,
}

/// A complete response.
pub struct Answer {
    pub status: u16,
    pub has_retry_after: bool,
    pub body: String,
}

impl Outcome {
    /// Returns the body of an answer with this status.
    pub fn body_with_status(self, status: u16) -> Option<String> {
        match self {
            Self::Answer(answer) if answer.status == status => Some(answer.body),
            _ => None,
        }
    }
}

/// Sends a GET request.
pub fn get(host: &str, port: u16, path: &str, max_time: Duration) -> Outcome {
    send(host, port, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), max_time)
}

/// Sends a POST request with a JSON body.
pub fn post(host: &str, port: u16, path: &str, body: &str, max_time: Duration) -> Outcome {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    send(host, port, &(head + body), max_time)
}

fn send(host: &str, port: u16, request: &str, max_time: Duration) -> Outcome {
    let Ok(address) = format!("{host}:{port}").parse::<SocketAddr>() else { return Outcome::Unreachable };
    let started = Instant::now();
    let Ok(mut stream) = TcpStream::connect_timeout(&address, MAX_CONNECT) else {
        return Outcome::Unreachable;
    };
    if stream.write_all(request.as_bytes()).is_err() {
        return Outcome::Unreachable;
    }
    let mut response = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let remaining = max_time.saturating_sub(started.elapsed());
        if remaining.is_zero() || stream.set_read_timeout(Some(remaining)).is_err() {
            return Outcome::TimedOut;
        }
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => response.extend_from_slice(&buffer[..n]),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Outcome::TimedOut;
            }
            Err(_) => return Outcome::Unreachable,
        }
    }
    parse(&String::from_utf8_lossy(&response)).map_or(Outcome::Unreachable, Outcome::Answer)
}

/// Parses a complete response. A shorter body than announced is no answer.
fn parse(response: &str) -> Option<Answer> {
    let (head, body) = response.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let header = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    };
    if header("content-length").is_some_and(|length| length.parse::<usize>() != Ok(body.len())) {
        return None;
    }
    Some(Answer { status, has_retry_after: header("retry-after").is_some(), body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_response_is_no_answer() {
        let head = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nRetry-After: 1\r\n\r\n";
        assert!(parse(head).is_none());
        assert!(parse("HTTP/1.1 200 OK\r\n").is_none());
        let answer = parse(&format!("{head}{{}}")).expect("an answer");
        assert_eq!((answer.status, answer.has_retry_after, answer.body.as_str()), (503, true, "{}"));
        let chunked = parse("HTTP/1.1 200 OK\r\n\r\nx").expect("an answer");
        assert_eq!((chunked.status, chunked.has_retry_after), (200, false));
    }
}
