//! A receiver of webhooks on this machine, which answers at once.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::config::MAX_BULK_TIME;
use crate::cmd::Result;

/// Interval at which a wait reads the count. It bounds the error of the time.
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// A count is complete once it has not grown for this time.
const QUIET_TIME: Duration = Duration::from_millis(500);

/// A receiver with a thread for each connection. It runs until the process ends.
pub struct Receiver {
    pub address: SocketAddr,
    count: Arc<AtomicUsize>,
}

impl Receiver {
    /// Starts a receiver.
    pub fn start() -> Result<Self> {
        let failed = |e: io::Error| format!("A receiver can't be started: {e}.");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(io::Result::ok) {
                let counter = Arc::clone(&counter);
                thread::spawn(move || answer(stream, &counter));
            }
        });
        Ok(Self { address, count })
    }

    /// Returns the number of requests so far.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Waits until there are this many requests.
    pub fn wait_for(&self, count: usize) -> Result {
        let started = Instant::now();
        while self.count() < count {
            if started.elapsed() > MAX_BULK_TIME {
                return Err(format!("{} of {count} deliveries arrived.", self.count()));
            }
            thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Waits until no more requests come. Returns their number.
    pub fn wait_for_silence(&self) -> usize {
        loop {
            let before = self.count();
            thread::sleep(QUIET_TIME);
            if self.count() == before {
                return before;
            }
        }
    }
}

/// Answers the requests of a connection until the client closes it.
fn answer(stream: TcpStream, count: &AtomicUsize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(length) = read_head(&mut reader)? {
        io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
        count.fetch_add(1, Ordering::Relaxed);
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
    Ok(())
}

/// Reads the head of a request. Returns the length of its body; `None` at the end of the connection.
fn read_head(reader: &mut BufReader<TcpStream>) -> io::Result<Option<u64>> {
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line.trim().is_empty() {
            return Ok(Some(length));
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
}
