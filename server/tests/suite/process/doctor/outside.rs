//! Faults of what the server reaches: its public address and its mail server.

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
