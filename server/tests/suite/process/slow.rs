//! Slow and idle clients are disconnected and do not delay other requests.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Server, issue};
use test_support::TestDatabase;

/// Reads until the server closes the connection. Returns the time that took and the response.
fn read_until_closed(stream: &mut TcpStream) -> (Duration, String) {
    let began = Instant::now();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    (began.elapsed(), String::from_utf8_lossy(&response).into_owned())
}

#[test]
fn idle_and_partial_requests_time_out_without_slowing_verify() {
    let db = TestDatabase::sqlite();
    let key = issue(&db, 1);
    let server = Server::start(&db);
    assert_eq!(server.activate(&key, "a.com").unwrap().0, 200);
    // The test process also needs one file descriptor per connection.
    let _ = rlimit::increase_nofile_limit(8192);
    let mut silent: Vec<TcpStream> =
        (0..2000).map(|_| TcpStream::connect(server.address).expect("a socket")).collect();
    let mut partial_head = TcpStream::connect(server.address).unwrap();
    partial_head.write_all(b"GET /verify HTTP/1.1\r\nHost: loc").unwrap();
    let mut partial_body = TcpStream::connect(server.address).unwrap();
    partial_body
        .write_all(b"POST /activate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        .unwrap();
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
    let (took, response) = read_until_closed(&mut partial_body);
    assert!(
        took < Duration::from_secs(11) && response.starts_with("HTTP/1.1 408"),
        "a slow body: {took:?} {response}"
    );
    assert!(response.contains(r#""error":"request_timeout""#), "{response}");
    let (took, _) = read_until_closed(&mut partial_head);
    assert!(took < limit, "half a head: {took:?}");
    for stream in silent.iter_mut().step_by(100) {
        let (took, _) = read_until_closed(stream);
        assert!(took < limit, "a silent socket: {took:?}");
    }
}

#[test]
fn unbounded_request_head_is_rejected() {
    let db = TestDatabase::sqlite();
    let server = Server::start(&db);
    let mut stream = TcpStream::connect(server.address).unwrap();
    let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n");
    for _ in 0..20 {
        if stream.write_all(format!("X-Long: {}\r\n", "a".repeat(8000)).as_bytes()).is_err() {
            break;
        }
    }
    let (_, response) = read_until_closed(&mut stream);
    assert!(response.is_empty() || response.starts_with("HTTP/1.1 431"), "{response}");
    assert_eq!(server.send("GET", "/healthz", "").unwrap().0, 200);
}

#[test]
fn request_head_may_have_16_kib() {
    let db = TestDatabase::sqlite();
    let server = Server::start(&db);
    for (bytes, status) in [(15_000, "HTTP/1.1 200"), (20_000, "HTTP/1.1 431")] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let head = format!(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Long: {}\r\n\r\n",
            "a".repeat(bytes)
        );
        let _ = stream.write_all(head.as_bytes());
        let (_, response) = read_until_closed(&mut stream);
        assert!(response.starts_with(status), "{bytes} bytes: {response}");
    }
}
