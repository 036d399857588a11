//! Memory use under oversized, nested and invalid input.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::{Server, issue};
use test_support::TestDatabase;

/// Returns the server's anonymous memory in KiB.
#[cfg(target_os = "linux")]
fn anonymous_memory_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("its status");
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).expect("RssAnon");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}

/// Sends raw bytes on a new connection and returns the response.
fn send_raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(15))).expect("set");
    let _ = stream.write_all(bytes);
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    String::from_utf8_lossy(&response).into_owned()
}

fn post(path: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[test]
#[cfg(target_os = "linux")]
fn oversized_and_nested_input_does_not_grow_memory() {
    let db = TestDatabase::sqlite();
    issue(&db, 1);
    let server = Server::start(&db);
    let deep = "[".repeat(30_000).into_bytes();
    let long = vec![b'a'; 70_000];
    let wide = format!("{{{}\"a\":1}}", "\"k\":0,".repeat(9000)).into_bytes();
    let round = |n: usize| {
        for path in ["/activate", "/v3/activations", "/v3/trial-activations"] {
            assert!(send_raw(&server, &post(path, deep.len(), &deep)).starts_with("HTTP/1.1 400"), "depth");
            assert!(send_raw(&server, &post(path, long.len(), &long)).starts_with("HTTP/1.1 413"), "length");
            assert!(send_raw(&server, &post(path, wide.len(), &wide)).starts_with("HTTP/1.1 4"), "width");
            // The body is longer than its Content-Length; the rest is not read.
            assert!(send_raw(&server, &post(path, 1, b"{}")).starts_with("HTTP/1.1 400"), "a short length");
        }
        // Every round uses a new key and a new domain.
        let query = format!(
            "GET /verify?license_key=LIC-{n:04}-AAAA-BBBB-CCCC&domain=d{n}.com HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        );
        assert!(send_raw(&server, query.as_bytes()).starts_with("HTTP/1.1 404"));
    };
    (0..20).for_each(round);
    let before = anonymous_memory_kib(&server);
    (20..120).for_each(round);
    let after = anonymous_memory_kib(&server);
    assert!(after < before + 4096, "{before} KiB before, {after} KiB after 1,300 more requests");
}

#[test]
fn invalid_http_is_rejected() {
    let db = TestDatabase::sqlite();
    let server = Server::start(&db);
    let smuggled = b"POST /activate HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n";
    let lengths = b"POST /activate HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{}";
    let negative = b"POST /activate HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\nConnection: close\r\n\r\n{}";
    for (name, bytes) in [
        ("two lengths", &lengths[..]),
        ("a negative length", &negative[..]),
        ("both framings", &smuggled[..]),
    ] {
        let response = send_raw(&server, bytes);
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 4"), "{name}: {response}");
    }
    for bytes in [&b"\x16\x03\x01\x02\x00"[..], b"\0\0\0\0\r\n\r\n", b"GET /verify\xff HTTP/1.1\r\n\r\n"] {
        let response = send_raw(&server, bytes);
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 4"), "{response}");
    }
    assert_eq!(server.send("GET", "/healthz", "").expect("a response").0, 200);
}
