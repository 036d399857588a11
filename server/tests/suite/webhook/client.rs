//! The HTTP client: connections, answers, and receivers that fail or lie.

use domain::webhook::AllowedTargets;
use server::webhook_client::WebhookClient;
use service::webhook::{OutgoingRequest, Reply, Transport as _};
use test_support::receiver::{Answer, HttpReceiver};

fn client() -> WebhookClient {
    let targets = AllowedTargets::parse("127.0.0.1", true).expect("a list");
    WebhookClient::new(targets).expect("a client")
}

fn request(url: &str) -> OutgoingRequest {
    let headers = vec![
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("webhook-id", "0199a1c2-0000-7a40-9c1b-0000000000ee".to_owned()),
    ];
    OutgoingRequest {
        url: url.to_owned(),
        headers,
        body: r#"{"event":"license.created"}"#.to_owned(),
        trace: None,
    }
}

fn status(reply: &Reply) -> Option<u16> {
    match reply {
        Reply::Answer { status, .. } => Some(*status),
        Reply::NoAnswer(_) => None,
    }
}

#[tokio::test]
async fn a_request_arrives_as_it_was_made_and_connections_are_used_again() {
    let (client, receiver) = (client(), HttpReceiver::start().await);
    for _ in 0..5 {
        let reply = client.send(request(&receiver.url())).await;
        assert_eq!(reply, Reply::Answer { status: 200, retry_after_ms: None, body: "answer 200".to_owned() });
    }
    let requests = receiver.received();
    assert_eq!((requests.len(), receiver.connections()), (5, 1));
    assert_eq!(requests[0].line, "POST /hooks HTTP/1.1");
    assert_eq!(requests[0].body, r#"{"event":"license.created"}"#);
    assert_eq!(requests[0].header("webhook-id"), Some("0199a1c2-0000-7a40-9c1b-0000000000ee"));
    assert_eq!(requests[0].header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(requests[0].header("content-length"), Some("27"));
    assert_eq!(requests[0].header("host"), Some(receiver.address.to_string().as_str()));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (client, receiver, other) = (client(), HttpReceiver::start().await, HttpReceiver::start().await);
    for code in [301, 302, 303, 307, 308] {
        receiver.answer([Answer::Header(code, format!("Location: {}", other.url()))]);
        assert_eq!(status(&client.send(request(&receiver.url())).await), Some(code));
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_long_answer_is_cut() {
    let (client, receiver) = (client(), HttpReceiver::start().await);
    receiver.answer([Answer::Long(10_000_000), Answer::Long(5_000)]);
    for _ in 0..2 {
        let Reply::Answer { status, body, .. } = client.send(request(&receiver.url())).await else {
            panic!("an answer")
        };
        assert_eq!((status, body.len()), (200, 1024));
    }
}

#[tokio::test]
async fn a_receiver_that_breaks_off_or_lies_is_a_failure() {
    let (client, receiver) = (client(), HttpReceiver::start().await);
    for answer in [Answer::Close, Answer::Nonsense] {
        receiver.answer([answer.clone()]);
        let reply = client.send(request(&receiver.url())).await;
        assert_eq!(reply, Reply::NoAnswer("The connection ended before an answer.".to_owned()), "{answer:?}");
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let reply = client.send(request(&format!("http://{closed}/"))).await;
    assert_eq!(reply, Reply::NoAnswer("The receiver took no connection.".to_owned()));
}

#[tokio::test]
async fn retry_after_is_read_of_429_and_503_alone() {
    let (client, receiver) = (client(), HttpReceiver::start().await);
    for (code, pause) in [(429, Some(120_000)), (503, Some(120_000)), (500, None)] {
        receiver.answer([Answer::Header(code, "Retry-After: 120".to_owned())]);
        let Reply::Answer { status, retry_after_ms, .. } = client.send(request(&receiver.url())).await else {
            panic!("an answer")
        };
        assert_eq!((status, retry_after_ms), (code, pause));
    }
}

#[tokio::test]
async fn tls_is_not_left_out() {
    let (client, receiver) = (client(), HttpReceiver::start().await);
    let url = format!("https://{}/hooks", receiver.address);
    let Reply::NoAnswer(sentence) = client.send(request(&url)).await else { panic!("no answer") };
    // A receiver in clear may also wait for more.
    assert!(sentence.starts_with("TLS failed") || sentence.contains("within 5 s"), "{sentence}");
    assert_eq!(receiver.count(), 0);
}

/// Waits for the whole time limit of an attempt.
#[tokio::test]
async fn a_receiver_that_hangs_ends_after_15_seconds() {
    let (client, receiver) = (client(), HttpReceiver::start().await);
    receiver.answer([Answer::Hang]);
    let began = std::time::Instant::now();
    let reply = client.send(request(&receiver.url())).await;
    assert_eq!(reply, Reply::NoAnswer("The receiver did not answer within 15 s.".to_owned()));
    assert!((14..18).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}
