//! A load generator: one thread, a fixed number of keep-alive connections, one request in flight on each.
//!
//! General tools (oha, wrk, k6) use several threads. One thread pinned to one core keeps rounds comparable,
//! and lets a scenario generate each request.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::cmd::Result;

const READ_BUFFER_BYTES: usize = 64 * 1024;

/// Throughput and latency of one run.
#[derive(Clone, Default)]
pub struct LoadResult {
    /// Responses per second.
    pub rate: f64,
    /// Median latency, in microseconds.
    pub p50_us: u32,
    /// 99th percentile of the latency, in microseconds.
    pub p99_us: u32,
    /// Responses with a status other than 2xx.
    pub non_success: u64,
    /// Length of the last response's body, in bytes.
    pub body_bytes: usize,
}

/// Sends requests for `time`, or until `next` returns false. `next` appends the next request to the buffer.
///
/// # Errors
/// Returns a message if a connection fails or the server closes it.
pub fn run(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    mut next: impl FnMut(&mut Vec<u8>) -> bool,
) -> Result<LoadResult> {
    let mut poll = Poll::new().map_err(io_error)?;
    let mut open = Vec::with_capacity(connections);
    for token in 0..connections {
        open.push(Connection::open(&poll, Token(token), address, &mut next).map_err(io_error)?);
    }
    let (mut samples, mut is_exhausted) = (Samples::default(), false);
    let mut events = Events::with_capacity(1024);
    let (started, mut buffer) = (Instant::now(), vec![0; READ_BUFFER_BYTES]);
    while !is_exhausted && started.elapsed() < time {
        poll.poll(&mut events, Some(Duration::from_millis(100))).map_err(io_error)?;
        for event in &events {
            let connection = &mut open[event.token().0];
            is_exhausted |= !connection.advance(&mut buffer, &mut samples, &mut next)?;
        }
    }
    Ok(samples.summarize(started.elapsed()))
}

#[allow(clippy::needless_pass_by_value, reason = "the signature that map_err needs")]
fn io_error(error: io::Error) -> String {
    format!("The load generator failed: {error}.")
}

/// A connection and its request in flight.
struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    written: usize,
    response: Vec<u8>,
    started: Instant,
}

impl Connection {
    fn open(
        poll: &Poll,
        token: Token,
        address: SocketAddr,
        next: &mut impl FnMut(&mut Vec<u8>) -> bool,
    ) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        let _ = stream.set_nodelay(true);
        poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        let mut request = Vec::new();
        next(&mut request);
        Ok(Self { stream, request, written: 0, response: Vec::new(), started: Instant::now() })
    }

    /// Writes and reads until the socket would block. Returns false once `next` has no further request.
    fn advance(
        &mut self,
        buffer: &mut [u8],
        samples: &mut Samples,
        next: &mut impl FnMut(&mut Vec<u8>) -> bool,
    ) -> Result<bool> {
        loop {
            if !self.write_request()? || !self.read_response(buffer)? {
                return Ok(true);
            }
            let Some((status, body_bytes)) = parse_response(&self.response) else { continue };
            samples.add(self.started.elapsed(), status, body_bytes);
            self.response.clear();
            self.request.clear();
            self.written = 0;
            self.started = Instant::now();
            if !next(&mut self.request) {
                return Ok(false);
            }
        }
    }

    /// Returns whether the request is written completely.
    fn write_request(&mut self) -> Result<bool> {
        while self.written < self.request.len() {
            match self.stream.write(&self.request[self.written..]) {
                Ok(n) => self.written += n,
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                    return Ok(false);
                }
                Err(e) => return Err(io_error(e)),
            }
        }
        Ok(true)
    }

    /// Reads once. Returns false if the socket would block.
    fn read_response(&mut self, buffer: &mut [u8]) -> Result<bool> {
        match self.stream.read(buffer) {
            Ok(0) => Err("The server closed a connection during the benchmark.".into()),
            Ok(n) => {
                self.response.extend_from_slice(&buffer[..n]);
                Ok(true)
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(e) => Err(io_error(e)),
        }
    }
}

#[derive(Default)]
struct Samples {
    latencies_us: Vec<u32>,
    non_success: u64,
    body_bytes: usize,
}

impl Samples {
    fn add(&mut self, latency: Duration, status: u16, body_bytes: usize) {
        self.latencies_us.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
        self.non_success += u64::from(!(200..300).contains(&status));
        self.body_bytes = body_bytes;
    }

    fn summarize(mut self, time: Duration) -> LoadResult {
        self.latencies_us.sort_unstable();
        let count = self.latencies_us.len();
        let percentile = |q: usize| self.latencies_us.get(count * q / 100).copied().unwrap_or(0);
        #[allow(clippy::cast_precision_loss, reason = "a rate needs no exact count")]
        let rate = count as f64 / time.as_secs_f64();
        LoadResult {
            rate,
            p50_us: percentile(50),
            p99_us: percentile(99),
            non_success: self.non_success,
            body_bytes: self.body_bytes,
        }
    }
}

/// Returns status and body length once the response is complete.
fn parse_response(response: &[u8]) -> Option<(u16, usize)> {
    let end = response.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&response[..end]).ok()?;
    let status = head.get(9..12)?.parse().ok()?;
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let body = &response[end + 4..];
    match header("content-length") {
        Some(length) => length.parse().ok().filter(|n| body.len() >= *n).map(|n| (status, n)),
        None if header("transfer-encoding").is_some() => {
            body.ends_with(b"\r\n0\r\n\r\n").then_some((status, body.len()))
        }
        None => Some((status, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_complete_once_its_body_has_arrived() {
        let head = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n".to_vec();
        assert_eq!(parse_response(&head), None);
        assert_eq!(parse_response(&[&head[..], b"{"].concat()), None);
        assert_eq!(parse_response(&[&head[..], b"{}"].concat()), Some((404, 2)));
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n";
        assert_eq!(parse_response(chunked), None);
        assert!(parse_response(&[&chunked[..], b"0\r\n\r\n"].concat()).is_some());
    }

    #[test]
    fn a_summary_has_rate_percentiles_and_errors() {
        let mut samples = Samples::default();
        for (micros, status) in [(10, 200), (20, 204), (30, 500), (40, 200)] {
            samples.add(Duration::from_micros(micros), status, 7);
        }
        let result = samples.summarize(Duration::from_secs(2));
        assert!((result.rate - 2.0).abs() < 1e-9);
        assert_eq!((result.p50_us, result.p99_us, result.non_success, result.body_bytes), (30, 40, 1, 7));
    }
}
