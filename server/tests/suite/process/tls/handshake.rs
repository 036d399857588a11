//! Protocols, limits and clients that do not speak TLS.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http::Version;
use test_support::TestDatabase;

use super::super::{binary, send};
use super::fixture::{Certificate, Client, Files, Offer, start, write};

#[tokio::test(flavor = "multi_thread")]
async fn client_chooses_the_protocol() {
    let db = TestDatabase::sqlite();
    let certificate = Certificate::new();
    let server = start(&db, &Files::of(&certificate));
    let client = Client::new(&server, &[&certificate]);
    for (offer, version) in [
        (Offer::Http2, Version::HTTP_2),
        (Offer::Http1, Version::HTTP_11),
        (Offer::Nothing, Version::HTTP_11),
    ] {
        let answer = client.get(offer, "/readyz").await.expect("an answer");
        assert_eq!((answer.status, answer.version), (200, version), "{offer:?}");
    }
    let stranger = Client::new(&server, &[&Certificate::new()]);
    assert!(stranger.get(Offer::Http2, "/readyz").await.is_err(), "the certificate is checked by this test");
}

#[test]
fn request_without_tls_is_answered_and_closed() {
    let db = TestDatabase::sqlite();
    let server = start(&db, &Files::of(&Certificate::new()));
    for _ in 0..20 {
        let (status, body) = send(server.address, "GET", "/readyz", "").expect("an answer, and no reset");
        assert_eq!(status, 400);
        assert!(body.contains("https"), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_and_slow_handshakes_are_cut() {
    let db = TestDatabase::sqlite();
    let certificate = Certificate::new();
    let server = start(&db, &Files::of(&certificate));
    let mut silent = TcpStream::connect(server.address).expect("a socket");
    let mut slow = TcpStream::connect(server.address).expect("a socket");
    // The head of a record of 512 bytes, and a part of its content.
    slow.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252]).expect("written");
    let answer = Client::new(&server, &[&certificate]).get(Offer::Http2, "/readyz").await;
    assert_eq!(answer.expect("an answer beside them").status, 200);
    let began = Instant::now();
    for stream in [&mut silent, &mut slow] {
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let _ = stream.read_to_end(&mut Vec::new());
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_header_is_refused_in_both_protocols() {
    let db = TestDatabase::sqlite();
    let certificate = Certificate::new();
    let server = start(&db, &Files::of(&certificate));
    let client = Client::new(&server, &[&certificate]);
    for offer in [Offer::Http1, Offer::Http2] {
        let long = "a".repeat(20_000);
        let answer = client.send(offer, http::Method::GET, "/healthz", &[("x-long", &long)], "").await;
        assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status == 431), "{offer:?}");
        let fits = "a".repeat(15_000);
        let answer = client.send(offer, http::Method::GET, "/healthz", &[("x-long", &fits)], "").await;
        assert_eq!(answer.expect("an answer").status, 200, "{offer:?}");
    }
}

#[test]
fn server_does_not_start_with_a_wrong_pair() {
    let db = TestDatabase::sqlite();
    let files = Files::of(&Certificate::new());
    let error = || {
        let mut command = binary(&db);
        command.args(["serve", "--json", "--listen", "127.0.0.1:0"]).envs(files.settings());
        let output = command.output().expect("the binary");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    write(&files.key, &Certificate::new().key_pem);
    assert!(error().contains("does not belong to the certificate"), "{}", error());
    write(&files.key, "no key");
    assert!(error().contains("has no private key"), "{}", error());
    std::fs::remove_file(&files.certificate).expect("removed");
    assert!(error().contains("fullchain.pem can't be read"), "{}", error());
}

#[test]
fn address_of_other_machines_needs_a_public_url() {
    let db = TestDatabase::sqlite();
    let files = Files::of(&Certificate::new());
    let mut command = binary(&db);
    command.args(["serve", "--json", "--listen", "0.0.0.0:0"]).envs(files.settings());
    let output = command.output().expect("the binary");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("public_url"));
}
