//! A load generator: so many keep-alive connections, one request at a time on
//! each, from one thread.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::cmd::Result;

/// What a run came to.
#[derive(Clone, Default)]
pub struct LoadResult {
    /// Answers a second.
    pub rate: f64,
    /// Median and 99th percentile of the time to an answer, in microseconds.
    pub p50_us: u32,
    pub p99_us: u32,
    /// Answers with a status other than 2xx.
    pub non_success: u64,
    /// Length of the last answer's body, in bytes.
    pub bytes: usize,
}

struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    written: usize,
    read: Vec<u8>,
    began: Instant,
}

/// Sends requests until the time is over, or `next` has none.
pub fn run(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    mut next: impl FnMut(&mut Vec<u8>) -> bool,
) -> Result<LoadResult> {
    let failed = |e: std::io::Error| format!("The load generator failed: {e}.");
    let mut poll = Poll::new().map_err(failed)?;
    let mut all = Vec::with_capacity(connections);
    for n in 0..connections {
        let mut stream = TcpStream::connect(address).map_err(failed)?;
        let _ = stream.set_nodelay(true);
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut stream, Token(n), both).map_err(failed)?;
        let mut out = Vec::new();
        next(&mut out);
        all.push(Connection { stream, out, written: 0, read: Vec::new(), began: Instant::now() });
    }
    let mut times: Vec<u32> = Vec::new();
    let (mut non_success, mut bytes, mut done) = (0, 0, false);
    let mut events = Events::with_capacity(1024);
    let (began, mut buffer) = (Instant::now(), vec![0u8; 65_536]);
    while !done && began.elapsed() < time {
        poll.poll(&mut events, Some(Duration::from_millis(100))).map_err(failed)?;
        for event in &events {
            let connection = &mut all[event.token().0];
            loop {
                if connection.written < connection.out.len() {
                    match connection.stream.write(&connection.out[connection.written..]) {
                        Ok(n) => connection.written += n,
                        Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                        Err(e) if e.kind() == ErrorKind::NotConnected => break,
                        Err(e) => return Err(failed(e)),
                    }
                    continue;
                }
                match connection.stream.read(&mut buffer) {
                    Ok(0) => return Err("The server closed a connection.".into()),
                    Ok(n) => connection.read.extend_from_slice(&buffer[..n]),
                    Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                    Err(e) => return Err(failed(e)),
                }
                let Some((status, length)) = parse_response(&connection.read) else { continue };
                times.push(u32::try_from(connection.began.elapsed().as_micros()).unwrap_or(u32::MAX));
                non_success += u64::from(!(200..300).contains(&status));
                bytes = length;
                connection.read.clear();
                connection.out.clear();
                connection.written = 0;
                connection.began = Instant::now();
                if !next(&mut connection.out) {
                    done = true;
                    break;
                }
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |q: usize| times.get(times.len() * q / 100).copied().unwrap_or(0);
    #[allow(clippy::cast_precision_loss, reason = "a rate")]
    let rate = times.len() as f64 / seconds;
    Ok(LoadResult { rate, p50_us: at(50), p99_us: at(99), non_success, bytes })
}

/// Status and length of the body, once the answer is whole.
fn parse_response(read: &[u8]) -> Option<(u16, usize)> {
    let end = read.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&read[..end]).ok()?;
    let status = head.get(9..12)?.parse().ok()?;
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let body = &read[end + 4..];
    match header("content-length") {
        Some(length) => length.parse().ok().filter(|n| body.len() >= *n).map(|n| (status, n)),
        None if header("transfer-encoding").is_some() => {
            body.ends_with(b"\r\n0\r\n\r\n").then_some((status, body.len()))
        }
        None => Some((status, 0)),
    }
}
