//! Faults of what the server reaches: its public address and its mail server.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::super::{Server, send_with_headers};
use super::{closed_address, doctor, migrated};
use test_support::TestDatabase;
use test_support::smtp::SmtpServer;

#[test]
fn faults_of_the_public_address_are_found() {
    let (db, other) = (TestDatabase::sqlite(), TestDatabase::sqlite());
    let (server, stranger) = (Server::start(&db), Server::start(&other));
    let address = server.address.to_string();
    let at = |public: &str, proxies: &str| {
        let origin = format!("http://{public}");
        let variables = [
            ("COUNTERSIGN_LISTEN", address.as_str()),
            ("COUNTERSIGN_PUBLIC_URL", origin.as_str()),
            ("COUNTERSIGN_TRUSTED_PROXIES", proxies),
        ];
        doctor(&db, &variables)
    };
    at(&closed_address(), "").assert("public_url_unreachable");
    at(&stranger.address.to_string(), "").assert("public_url_of_another");
    at(&address, "127.0.0.1").assert("proxy_sends_no_address");
    at(&address, "10.0.0.0/8").assert("proxy_bypassed");
    at(&address, "0.0.0.0/0").assert("proxies_trust_all");
    drop(server);
    at(&address, "").assert("public_url_not_checked");
}

#[test]
fn health_check_answers_no_probe_without_a_signature() {
    let db = TestDatabase::sqlite();
    let server = Server::start(&db);
    for probe in ["", "1.2.3", "1768473000000.AAAA.00"] {
        let headers = format!("Countersign-Probe: {probe}\r\n");
        let (status, head, body) =
            send_with_headers(server.address, "GET", "/healthz", &headers, "").expect("an answer");
        assert_eq!((status, body.as_str()), (200, r#"{"status":"ok"}"#), "{probe}");
        assert!(head.to_lowercase().contains("cache-control: no-store"), "{head}");
    }
}

#[test]
fn proxy_of_a_stopped_server_is_asked_past_its_cache() {
    let db = migrated();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let proxy = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let (mut request, mut bytes) = (String::new(), [0; 4096]);
        while !request.contains("\r\n\r\n") {
            let len = stream.read(&mut bytes).expect("a request");
            assert!(len > 0, "{request}");
            request.push_str(&String::from_utf8_lossy(&bytes[..len]));
        }
        let answer = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(answer.as_bytes()).expect("sent");
        request.to_lowercase()
    });
    let found = doctor(&db, &[("COUNTERSIGN_PUBLIC_URL", origin.as_str())]);
    found.assert("public_url_not_checked");
    assert!(!found.has("public_url_fails"), "{}", found.document);
    let request = proxy.join().expect("a request");
    assert!(request.contains("cache-control: no-cache"), "{request}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_server_is_greeted_and_gets_no_mail() {
    let (db, smtp) = (migrated(), SmtpServer::start().await);
    let with = |url: &str| {
        doctor(&db, &[("COUNTERSIGN_SMTP_URL", url), ("COUNTERSIGN_MAIL_FROM", "Maple <a@maple.example>")])
    };
    with(&smtp.url()).assert("mail_ready");
    assert_eq!((smtp.connections(), smtp.received().len()), (1, 0));
    with(&format!("{}?tls=required", smtp.url())).assert("mail_server_fails");
    with(&format!("smtp://{}", closed_address())).assert("mail_server_fails");
}
