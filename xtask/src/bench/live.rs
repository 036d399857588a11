//! Scenario of live pages: verifications beside members who watch an overview.

use std::io::{BufRead as _, ErrorKind};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::config::{CONNECTIONS, ROUNDS};
use super::context::BenchContext;
use super::load::LoadResult;
use super::parallel::run_beside;
use super::process::send_request;
use super::request::write_verify;
use super::scenarios::issue_unlimited_licenses;
use super::session::{Response, Session};
use crate::cmd::Result;

/// Open streams. Each browser has one.
const VIEWERS: usize = 100;
/// Streams of one session. The server refuses more than 16, and may still count those of the round before.
const STREAMS_PER_SESSION: usize = 5;
/// Interval at which the streams are read.
const READ_INTERVAL: Duration = Duration::from_millis(20);
/// Interval of activations while pages change.
const CHANGE_INTERVAL: Duration = Duration::from_secs(1);

/// Measures verifications beside pages that are open, and beside pages that change all the time.
pub fn measure_live(context: &mut BenchContext<'_>) -> Result {
    let sessions = (0..VIEWERS / STREAMS_PER_SESSION).map(|_| Session::sign_in(context));
    let sessions: Vec<Session> = sessions.collect::<Result<_>>()?;
    let topic = overview_topic(&sessions[0], context.process.address)?;
    let key = issue_unlimited_licenses(context, 1)?.pop().unwrap_or_default();
    let mut activations = 0;
    verify(context)?;
    for changes in [false, true] {
        let (mut rounds, mut pages) = (Vec::with_capacity(ROUNDS), 0);
        for _ in 0..ROUNDS {
            let alone = verify(context)?;
            let mut viewers = Viewers::open(&sessions, &topic)?;
            let (address, shared) = (context.process.address, &*context);
            let (during, viewed) = run_beside(
                || verify(shared),
                |is_done| viewers.view(address, is_done, changes.then_some((key.as_str(), &mut activations))),
            )?;
            rounds.push((during?, alone));
            pages += viewed?;
        }
        let with = if changes { "with an activation a second" } else { "without changes" };
        let scenario = format!("verify, 1,000 keys, beside {VIEWERS} live pages {with} (ratio to alone)");
        context.report.add(context.measurement(&scenario).with_median(rounds));
        #[allow(clippy::cast_precision_loss, reason = "a rate needs no exact count")]
        let rate = pages as f64 / (context.time.as_secs_f64() * ROUNDS as f64);
        context.add_value(&format!("{VIEWERS} live pages {with}: pages requested per second"), rate);
    }
    Ok(())
}

fn verify(context: &BenchContext<'_>) -> Result<LoadResult> {
    // 1,000 keys, so that all of them are in the license cache.
    let keys = &context.fixture.keys[..context.fixture.keys.len().min(1000)];
    let mut n = 0;
    context.load(CONNECTIONS, context.time, |out| {
        n += 1;
        write_verify(out, &keys[n % keys.len()]);
    })
}

/// Returns the topic that the overview names: it contains the account's id.
fn overview_topic(session: &Session, address: SocketAddr) -> Result<String> {
    let request =
        format!("GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n{}\r\n", session.page_headers());
    let (head, page) = send_request(address, &request)?;
    let topic = page.split_once("data-live-topic=\"").and_then(|(_, rest)| rest.split_once('"'));
    let topic = topic.ok_or_else(|| format!("The overview was answered without a topic: {head}"))?;
    Ok(topic.0.to_owned())
}

/// Open streams, each with the session of its browser.
struct Viewers<'a>(Vec<(&'a Session, Response)>);

impl<'a> Viewers<'a> {
    fn open(sessions: &'a [Session], topic: &str) -> Result<Self> {
        let mut streams = Vec::with_capacity(VIEWERS);
        for session in sessions {
            for _ in 0..STREAMS_PER_SESSION {
                let stream = session.get(&format!("/_live?topic={topic}"))?;
                if stream.status != 200 {
                    return Err(format!("A stream was answered with status {}.", stream.status));
                }
                let failed = |e: std::io::Error| format!("A stream can't be read: {e}.");
                stream.body.get_ref().set_nonblocking(true).map_err(failed)?;
                streams.push((session, stream));
            }
        }
        Ok(Self(streams))
    }

    /// Requests the overview for each change, as the script of the page does, and makes changes: each is an
    /// activation of a license `key` on a new domain. Returns the number of requested pages.
    fn view(
        &mut self,
        address: SocketAddr,
        is_done: &AtomicBool,
        mut changes: Option<(&str, &mut usize)>,
    ) -> Result<usize> {
        let (mut pages, mut next_change) = (0, Instant::now());
        while !is_done.load(Ordering::Relaxed) {
            if let Some((key, count)) = &mut changes
                && next_change <= Instant::now()
            {
                next_change += CHANGE_INTERVAL;
                **count += 1;
                activate(address, key, **count)?;
            }
            for (session, stream) in &mut self.0 {
                if !has_changed(stream)? {
                    continue;
                }
                let request = format!(
                    "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nX-Live-Update: 1\r\n{}\r\n",
                    session.page_headers()
                );
                let (head, _) = send_request(address, &request)?;
                if !head.starts_with("HTTP/1.1 200") {
                    return Err(format!("The overview was answered with {head}."));
                }
                pages += 1;
            }
            thread::sleep(READ_INTERVAL);
        }
        Ok(pages)
    }
}

/// Reads what a stream has sent. Returns whether it reported a change.
fn has_changed(stream: &mut Response) -> Result<bool> {
    let sent = match stream.body.fill_buf() {
        Ok([]) => return Err("The server closed a stream.".into()),
        Ok(sent) => sent,
        Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
        Err(e) => return Err(format!("A stream broke off: {e}.")),
    };
    let (is_changed, len) = (String::from_utf8_lossy(sent).contains("event: changed"), sent.len());
    stream.body.consume(len);
    Ok(is_changed)
}

fn activate(address: SocketAddr, key: &str, n: usize) -> Result {
    let body = format!(r#"{{"license_key":"{key}","domain":"live{n}.example.org"}}"#);
    let request = format!(
        "POST /activate HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (head, body) = send_request(address, &request)?;
    if head.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(format!("An activation failed: {body}")) }
}
