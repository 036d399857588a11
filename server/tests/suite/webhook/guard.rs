//! The guard of addresses at the connection, with a resolver that lies.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use domain::webhook::AllowedTargets;
use server::webhook_client::{Resolve, ResolveFuture, WebhookClient};
use service::webhook::{OutgoingRequest, Reply, Transport as _};
use test_support::receiver::{Answer, HttpReceiver};

/// Answers look-ups in their order. The last answer stays.
struct LyingResolver(Mutex<VecDeque<Vec<SocketAddr>>>);

impl Resolve for LyingResolver {
    fn resolve<'a>(&'a self, _: &'a str, port: u16) -> ResolveFuture<'a> {
        let mut answers = self.0.lock().expect("the answers");
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let next = next.unwrap_or_default();
        let at_port = move |address: SocketAddr| SocketAddr::new(address.ip(), port);
        Box::pin(async move { Ok(next.into_iter().map(at_port).collect()) })
    }
}

fn client(allow: &str, answers: &[&[&str]]) -> WebhookClient {
    let address = |text: &&str| SocketAddr::new(text.parse::<IpAddr>().expect("an address"), 0);
    let answers = answers.iter().map(|list| list.iter().map(address).collect()).collect();
    let targets = AllowedTargets::parse(allow, true).expect("a list");
    WebhookClient::with_resolver(targets, Arc::new(LyingResolver(Mutex::new(answers)))).expect("a client")
}

fn request(host: &str, receiver: &HttpReceiver) -> OutgoingRequest {
    let url = format!("http://{host}:{}/hooks", receiver.address.port());
    OutgoingRequest { url, headers: Vec::new(), body: "{}".to_owned(), trace: None }
}

fn is_refused(reply: &Reply) -> bool {
    *reply == Reply::NoAnswer("address not allowed".to_owned())
}

#[tokio::test]
async fn a_name_that_leads_into_the_network_is_refused() {
    let receiver = HttpReceiver::start().await;
    for addresses in [
        ["127.0.0.1"].as_slice(),
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::1"],
        &["::1"],
        &["10.0.0.1"],
        &["169.254.169.254"],
        // A name with a public and a private address is refused as a whole.
        &["93.184.215.14", "127.0.0.1"],
        &["127.0.0.1", "93.184.215.14"],
    ] {
        let client = client("", &[addresses]);
        let reply = client.send(request("shop.example", &receiver)).await;
        assert!(is_refused(&reply), "{addresses:?}: {reply:?}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn literal_addresses_are_checked_too() {
    let receiver = HttpReceiver::start().await;
    let client = client("", &[&["93.184.215.14"]]);
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[::1]", "0.0.0.0"] {
        let reply = client.send(request(host, &receiver)).await;
        assert!(is_refused(&reply), "{host}: {reply:?}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_name_that_changes_between_attempts_is_checked_at_each_connection() {
    let receiver = HttpReceiver::start().await;
    let client = client("127.0.0.1/32", &[&["127.0.0.1"], &["127.0.0.2"]]);
    receiver.answer([Answer::LastOfConnection]);
    let reply = client.send(request("shop.example", &receiver)).await;
    assert!(matches!(reply, Reply::Answer { status: 200, .. }), "{reply:?}");
    let reply = client.send(request("shop.example", &receiver)).await;
    assert!(is_refused(&reply), "{reply:?}");
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn the_operator_opens_networks_and_names() {
    let receiver = HttpReceiver::start().await;
    for (allow, host, is_open) in [
        ("127.0.0.0/8", "shop.example", true),
        ("hooks.lan", "hooks.lan", true),
        ("hooks.lan", "HOOKS.lan", true),
        ("hooks.lan", "other.lan", false),
        ("10.0.0.0/8", "shop.example", false),
    ] {
        let client = client(allow, &[&["127.0.0.1"]]);
        let reply = client.send(request(host, &receiver)).await;
        assert_eq!(matches!(reply, Reply::Answer { .. }), is_open, "{allow} {host}: {reply:?}");
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_a_failure_that_names_none() {
    let receiver = HttpReceiver::start().await;
    let reply = client("", &[&[]]).send(request("shop.example", &receiver)).await;
    assert_eq!(reply, Reply::NoAnswer("The name of the receiver has no address.".to_owned()));
}

#[tokio::test]
async fn http_is_refused_unless_the_operator_allows_it() {
    let receiver = HttpReceiver::start().await;
    let targets = AllowedTargets::parse("127.0.0.1", false).expect("a list");
    let client = WebhookClient::new(targets).expect("a client");
    let reply = client.send(request("127.0.0.1", &receiver)).await;
    assert_eq!(reply, Reply::NoAnswer("The address of the webhook is not valid.".to_owned()));
    assert_eq!(receiver.connections(), 0);
}
