//! A small SMTP server on loopback (RFC 5321), which records messages and fails as a test asks for.

mod received_mail;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use data_encoding::BASE64;
use service::Service;
use service::mail::MailSettings;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

pub use received_mail::ReceivedMail;

/// Longest wait for messages.
const WAIT: Duration = Duration::from_secs(20);

/// The fate of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behavior {
    /// It accepts the message.
    Accept,
    /// It refuses the recipient by this reply, such as `550 no such user`.
    Refuse(&'static str),
    /// It refuses the sender by this reply, such as `553 not your address`.
    RefuseSender(&'static str),
    /// It accepts the message and never replies to the end of the connection.
    StallQuit,
    /// It reads the message and closes the connection without a reply.
    Drop,
    /// It reads the message and never replies.
    Stall,
}

/// The server. It ends when dropped.
pub struct SmtpServer {
    /// The address that it listens on.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    received: Vec<ReceivedMail>,
    /// The behavior for the next messages; afterwards the server accepts.
    next: VecDeque<Behavior>,
    connections: usize,
    stalled: usize,
}

impl SmtpServer {
    /// Starts a server on a free port.
    pub async fn start() -> Self {
        Self::start_on("127.0.0.1:0".parse().expect("an address")).await
    }

    /// Starts a server on this address.
    pub async fn start_on(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                lock(&shared).connections += 1;
                tokio::spawn(async move {
                    // A client that disconnects ends the connection.
                    let _ = Connection::new(stream, shared).serve().await;
                });
            }
        });
        Self { address, state, task }
    }

    /// Returns the URL for the setting `smtp_url`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Returns settings with which a service sends to this server.
    pub fn settings(&self) -> MailSettings {
        MailSettings {
            smtp_url: self.url(),
            from: "Countersign <licenses@example.com>".to_owned(),
            origin: "http://127.0.0.1:3000".to_owned(),
        }
    }

    /// Lets a service send to this server.
    pub fn enable(&self, service: &Service) {
        service.enable_mail(&self.settings()).expect("valid settings");
    }

    /// Sets the behavior for the next messages, one each.
    pub fn behave(&self, next: impl IntoIterator<Item = Behavior>) {
        lock(&self.state).next.extend(next);
    }

    /// Returns the messages received so far.
    pub fn received(&self) -> Vec<ReceivedMail> {
        lock(&self.state).received.clone()
    }

    /// Returns the number of connections so far.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// Waits until a message stalls.
    pub async fn wait_for_stall(&self) {
        let stalled = timeout(WAIT, async {
            while lock(&self.state).stalled == 0 {
                sleep(Duration::from_millis(10)).await;
            }
        });
        stalled.await.expect("a message that stalls");
    }

    /// Waits until the server has received `count` messages, and returns them.
    pub async fn wait_for(&self, count: usize) -> Vec<ReceivedMail> {
        let received = timeout(WAIT, async {
            while self.received().len() < count {
                sleep(Duration::from_millis(10)).await;
            }
        });
        received.await.unwrap_or_else(|_| panic!("{count} messages: {:?}", self.received()));
        self.received()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection of a client.
struct Connection {
    stream: BufReader<TcpStream>,
    state: Arc<Mutex<State>>,
    credentials: Option<(String, String)>,
}

impl Connection {
    fn new(stream: TcpStream, state: Arc<Mutex<State>>) -> Self {
        Self { stream: BufReader::new(stream), state, credentials: None }
    }

    async fn serve(&mut self) -> io::Result<()> {
        self.reply("220 localhost ESMTP").await?;
        let (mut from, mut to, mut behavior) = (String::new(), Vec::new(), Behavior::Accept);
        while let Some(line) = self.line().await? {
            let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.reply("250-localhost\r\n250-8BITMIME\r\n250 AUTH PLAIN").await?,
                "AUTH" => {
                    self.credentials = credentials(&line);
                    self.reply("235 authenticated").await?;
                }
                "MAIL" => {
                    behavior = lock(&self.state).next.pop_front().unwrap_or(Behavior::Accept);
                    (from, to) = (address(&line), Vec::new());
                    let refusal =
                        if let Behavior::RefuseSender(reply) = behavior { Some(reply) } else { None };
                    self.reply(refusal.unwrap_or("250 sender accepted")).await?;
                }
                "RCPT" => {
                    if let Behavior::Refuse(reply) = behavior {
                        self.reply(reply).await?;
                    } else {
                        to.push(address(&line));
                        self.reply("250 recipient accepted").await?;
                    }
                }
                "DATA" => {
                    self.reply("354 end with a dot").await?;
                    let data = self.data().await?;
                    match behavior {
                        Behavior::Drop => return Ok(()),
                        Behavior::Stall => {
                            lock(&self.state).stalled += 1;
                            sleep(Duration::from_hours(1)).await;
                        }
                        Behavior::Accept
                        | Behavior::StallQuit
                        | Behavior::Refuse(_)
                        | Behavior::RefuseSender(_) => {}
                    }
                    let credentials = self.credentials.clone();
                    let mail = ReceivedMail { from: from.clone(), to: to.clone(), data, credentials };
                    lock(&self.state).received.push(mail);
                    self.reply("250 queued").await?;
                }
                "QUIT" if behavior == Behavior::StallQuit => sleep(Duration::from_hours(1)).await,
                "QUIT" => return self.reply("221 goodbye").await,
                "NOOP" | "RSET" => self.reply("250 ok").await?,
                _ => self.reply("502 not implemented").await?,
            }
        }
        Ok(())
    }

    async fn reply(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    /// Reads a line without its end. `None` at the end of the connection.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let bytes = self.stream.read_line(&mut line).await?;
        Ok((bytes > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Reads a message up to the line with a dot alone.
    async fn data(&mut self) -> io::Result<String> {
        let mut data = String::new();
        while let Some(line) = self.line().await? {
            if line == "." {
                break;
            }
            // The client doubles a dot at the start of a line.
            data.push_str(line.strip_prefix('.').unwrap_or(&line));
            data.push_str("\r\n");
        }
        Ok(data)
    }
}

/// Returns the address between the angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

/// Returns user and password of `AUTH PLAIN` with an initial response (RFC 4616).
fn credentials(line: &str) -> Option<(String, String)> {
    let encoded = line.split(' ').nth(2)?;
    let decoded = String::from_utf8(BASE64.decode(encoded.as_bytes()).ok()?).ok()?;
    let mut parts = decoded.split('\0').skip(1);
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}
