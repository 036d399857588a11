//! A receiver of webhooks on loopback (HTTP/1.1), which records requests and fails as a test asks for.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Longest wait for requests.
const WAIT: Duration = Duration::from_mins(1);

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A status with a short body.
    Status(u16),
    /// A status with a header line, such as `Location: …`, and a short body.
    Header(u16, String),
    /// 200 with a body of so many bytes.
    Long(usize),
    /// It closes the connection without an answer.
    Close,
    /// 200, after which it closes the connection.
    LastOfConnection,
    /// It never answers.
    Hang,
    /// It answers something that is no HTTP.
    Nonsense,
}

/// A request that the receiver got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// Method, path and version.
    pub line: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl ReceivedRequest {
    /// Returns the value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// The receiver. It ends when dropped.
pub struct HttpReceiver {
    /// The address that it listens on.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    received: Vec<ReceivedRequest>,
    /// The answers to the next requests; afterwards 200.
    next: VecDeque<Answer>,
    connections: usize,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpReceiver {
    /// Starts a receiver on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                lock(&shared).connections += 1;
                tokio::spawn(async move {
                    // A client that disconnects ends the connection.
                    let _ = serve(stream, &shared).await;
                });
            }
        });
        Self { address, state, task }
    }

    /// Returns an address without TLS.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// Answers the next requests so.
    pub fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        lock(&self.state).next.extend(answers);
    }

    /// Returns the requests so far.
    pub fn received(&self) -> Vec<ReceivedRequest> {
        lock(&self.state).received.clone()
    }

    /// Returns the number of requests so far.
    pub fn count(&self) -> usize {
        lock(&self.state).received.len()
    }

    /// Returns the number of connections so far.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// Waits until there were so many requests.
    pub async fn wait_for(&self, count: usize) {
        let wait = async {
            while self.count() < count {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let arrived = timeout(WAIT, wait).await;
        assert!(arrived.is_ok(), "{count} requests, but {} came", self.count());
    }
}

impl Drop for HttpReceiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream).await? {
        let answer = {
            let mut state = lock(state);
            state.received.push(request);
            state.next.pop_front().unwrap_or(Answer::Status(200))
        };
        let (status, header, body) = match answer {
            Answer::Status(status) => (status, String::new(), format!("answer {status}")),
            Answer::Header(status, header) => (status, format!("{header}\r\n"), String::new()),
            Answer::Long(bytes) => (200, String::new(), "x".repeat(bytes)),
            Answer::LastOfConnection => (200, "Connection: close\r\n".to_owned(), String::new()),
            Answer::Close => return Ok(()),
            Answer::Hang => return std::future::pending().await,
            Answer::Nonsense => {
                stream.write_all(b"220 mail.example ESMTP\r\n").await?;
                return Ok(());
            }
        };
        let is_last = header.starts_with("Connection: close");
        let head = format!("HTTP/1.1 {status} -\r\n{header}Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        stream.flush().await?;
        if is_last {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads a request. `None` at the end of the connection.
async fn read_request(stream: &mut BufReader<TcpStream>) -> io::Result<Option<ReceivedRequest>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some(ReceivedRequest { line: line.trim_end().to_owned(), headers, body }))
}
