//! The files of the certificate change while the server runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use test_support::TestDatabase;

use super::fixture::{Certificate, Client, Files, Offer, start, write};

/// Longest time until a change of the files is in use. They are looked at every 2 s.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Time in which the server has looked at the files twice.
const TWO_LOOKS: Duration = Duration::from_secs(6);

async fn wait_for(client: &Client, certificate: &Certificate) {
    let began = Instant::now();
    while client.certificate().await != certificate.der {
        assert!(began.elapsed() < TIMEOUT, "the certificate is not loaded");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn renewed_certificate_is_loaded_without_a_failed_request() {
    let db = TestDatabase::sqlite();
    let (first, second) = (Certificate::new(), Certificate::new());
    let files = Files::of(&first);
    let server = start(&db, &files);
    let client = Client::new(&server, &[&first, &second]);
    let is_done = Arc::new(AtomicBool::new(false));
    let requests = [Offer::Http1, Offer::Http2].map(|offer| {
        let (client, is_done) = (client.clone(), Arc::clone(&is_done));
        tokio::spawn(async move {
            let mut answered = 0_u32;
            while !is_done.load(Ordering::Relaxed) {
                assert_eq!(client.get(offer, "/healthz").await.map(|answer| answer.status), Ok(200));
                answered += 1;
            }
            answered
        })
    });
    assert_eq!(client.certificate().await, first.der);
    // The pair does not match for a moment.
    write(&files.certificate, &second.pem);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    write(&files.key, &second.key_pem);
    wait_for(&client, &second).await;
    is_done.store(true, Ordering::Relaxed);
    for task in requests {
        assert!(task.await.expect("no failed request") > 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_files_keep_the_former_certificate() {
    let db = TestDatabase::sqlite();
    let (first, second) = (Certificate::new(), Certificate::new());
    let files = Files::of(&first);
    let server = start(&db, &files);
    let client = Client::new(&server, &[&first, &second]);
    for broken in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", second.pem.as_str()]
    {
        write(&files.certificate, broken);
        tokio::time::sleep(TWO_LOOKS).await;
        assert_eq!(client.certificate().await, first.der);
        assert_eq!(client.get(Offer::Http2, "/healthz").await.map(|answer| answer.status), Ok(200));
    }
    std::fs::remove_file(&files.certificate).expect("removed");
    tokio::time::sleep(TWO_LOOKS).await;
    assert_eq!(client.certificate().await, first.der);
    files.write(&second);
    wait_for(&client, &second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open_connection_survives_a_renewal() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let db = TestDatabase::sqlite();
    let (first, second) = (Certificate::new(), Certificate::new());
    let files = Files::of(&first);
    let server = start(&db, &files);
    let client = Client::new(&server, &[&first, &second]);
    let mut stream = client.connect(Offer::Http1).await.expect("a handshake");
    files.write(&second);
    wait_for(&client, &second).await;
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.expect("written");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer, and an orderly end");
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}
