//! Clients that dawdle are let go, and slow down nobody.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Server, issue};
use crate::support::TestDatabase;

/// How long until the server closes the connection; what it said.
fn until_closed(stream: &mut TcpStream) -> (Duration, String) {
    let began = Instant::now();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    (began.elapsed(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn silence_and_half_sent_requests_are_closed_and_verify_stays_quick() {
    let db = TestDatabase::sqlite();
    let key = issue(&db, 1);
    let server = Server::start(&db);
    assert_eq!(server.activate(&key, "a.com").unwrap().0, 200);
    // This process, too, needs a file for each.
    let _ = rlimit::increase_nofile_limit(8192);
    let mut silent: Vec<TcpStream> =
        (0..2000).map(|_| TcpStream::connect(server.address).expect("a socket")).collect();
    let mut half = TcpStream::connect(server.address).unwrap();
    half.write_all(b"GET /verify HTTP/1.1\r\nHost: loc").unwrap();
    let mut body = TcpStream::connect(server.address).unwrap();
    body.write_all(b"POST /activate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{").unwrap();
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let began = Instant::now();
            assert!(server.verify(&key, "a.com").unwrap().1.contains("true"));
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    assert!(times[197] < Duration::from_millis(500), "p99 of verify: {:?}", times[197]);
    let limit = Duration::from_secs(15);
    let (took, said) = until_closed(&mut body);
    assert!(
        took < Duration::from_secs(11) && said.starts_with("HTTP/1.1 408"),
        "a slow body: {took:?} {said}"
    );
    assert!(said.contains(r#""error":"request_timeout""#), "{said}");
    let (took, _) = until_closed(&mut half);
    assert!(took < limit, "half a head: {took:?}");
    for stream in silent.iter_mut().step_by(100) {
        let (took, _) = until_closed(stream);
        assert!(took < limit, "a silent socket: {took:?}");
    }
}

#[test]
fn a_head_without_end_is_refused() {
    let db = TestDatabase::sqlite();
    let server = Server::start(&db);
    let mut stream = TcpStream::connect(server.address).unwrap();
    let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n");
    for _ in 0..20 {
        if stream.write_all(format!("X-Long: {}\r\n", "a".repeat(8000)).as_bytes()).is_err() {
            break;
        }
    }
    let (_, said) = until_closed(&mut stream);
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
    assert_eq!(server.ask("GET", "/healthz", "").unwrap().0, 200);
}
