//! Sockets that systemd passes, and a restart with one.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use test_support::TestDatabase;

use super::super::{Server, binary, send, send_with_headers};
use super::fixture::{Certificate, Client, Files, Offer};

/// Passes its standard input as the first socket and its standard error as the second, as systemd does: from the file
/// descriptor 3 on, to the process of the variable.
const PASS: &str = r#"export LISTEN_PID=$$; exec "$0" "$@" 3<&0 4<&2 0</dev/null 2>/dev/null"#;

/// Returns a command that runs the server with passed sockets.
fn activated(db: &TestDatabase, sockets: &[&TcpListener], names: &str) -> Command {
    let template = binary(db);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", PASS]).arg(template.get_program()).args(["serve", "--json"]).env_clear();
    for (name, value) in template.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.env("LISTEN_FDS", sockets.len().to_string()).env("LISTEN_FDNAMES", names);
    let passed = |socket: &TcpListener| Stdio::from(OwnedFd::from(socket.try_clone().expect("a copy")));
    command.stdin(passed(sockets[0]));
    command.stderr(sockets.get(1).map_or_else(Stdio::null, |socket| passed(socket)));
    command
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

#[test]
fn restart_with_a_passed_socket_fails_no_connection() {
    let db = TestDatabase::sqlite();
    let (socket, address) = listener();
    let mut server = Server::spawn_with_stderr(activated(&db, &[&socket], "countersign.socket"));
    assert_eq!(server.address, address, "the socket replaces the setting");
    let is_done = Arc::new(AtomicBool::new(false));
    let clients = [(); 4].map(|()| {
        let is_done = Arc::clone(&is_done);
        std::thread::spawn(move || {
            let mut answered = 0_u32;
            while !is_done.load(Ordering::Relaxed) {
                let status = send(address, "GET", "/healthz", "").map(|(status, _)| status);
                assert_eq!(status, Some(200), "after {answered} requests");
                answered += 1;
            }
            answered
        })
    });
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(300));
        assert!(server.stop());
        server = Server::spawn_with_stderr(activated(&db, &[&socket], "countersign.socket"));
    }
    std::thread::sleep(Duration::from_millis(300));
    is_done.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.join().expect("no failed request") > 10);
    }
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn passed_sockets_serve_tls_and_the_redirect() {
    let db = TestDatabase::sqlite();
    let certificate = Certificate::new();
    let files = Files::of(&certificate);
    let ((public, address), (redirect, redirected)) = (listener(), listener());
    let mut command = activated(&db, &[&public, &redirect], "countersign:redirect");
    command.envs(files.settings());
    let server = Server::spawn_with_stderr(command);
    assert_eq!(server.address, address);
    let answer = Client::new(&server, &[&certificate]).get(Offer::Http2, "/healthz").await;
    assert_eq!(answer.map(|answer| answer.status), Ok(200));
    let (status, head, _) = send_with_headers(redirected, "GET", "/a?b", "", "").expect("an answer");
    assert_eq!(status, 308);
    assert!(head.contains(&format!("https://{address}/a?b")), "{head}");
}

#[test]
fn redirect_needs_an_https_address() {
    let db = TestDatabase::sqlite();
    let ((public, _), (redirect, _)) = (listener(), listener());
    let mut command = activated(&db, &[&public, &redirect], "countersign:redirect");
    let output = command.stdout(Stdio::piped()).output().expect("the binary");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("public_url"));
}
