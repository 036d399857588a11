//! What browsers and apps get over TLS.

use http::Method;
use test_support::TestDatabase;

use super::super::{Server, binary, issue, send_with_headers};
use super::fixture::{Answer, Certificate, Client, Files, Offer, start};

/// Headers that differ from answer to answer, or by the protocol.
const VARYING: [&str; 4] = ["date", "x-request-id", "connection", "strict-transport-security"];

/// Returns the other headers of an answer.
fn stable_headers(headers: &str) -> Vec<String> {
    let lines = headers.to_lowercase();
    let mut lines: Vec<String> = lines
        .lines()
        .filter(|line| line.split_once(": ").is_some_and(|(name, _)| !VARYING.contains(&name)))
        .map(ToOwned::to_owned)
        .collect();
    lines.sort();
    lines
}

/// Returns the headers of an answer as lines.
fn lines(answer: &Answer) -> String {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        format!("{name}: {}\n", value.to_str().expect("text"))
    };
    answer.headers.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn verification_over_tls_equals_the_one_without() {
    let db = TestDatabase::sqlite();
    let key = issue(&db, 1);
    let path = format!("/verify?license_key={key}&domain=a.com");
    let mut plain = Server::start(&db);
    assert_eq!(plain.activate(&key, "a.com").expect("an answer").0, 200);
    // The second one is answered by the fast path.
    plain.verify(&key, "a.com");
    let expected = send_with_headers(plain.address, "GET", &path, "", "").expect("an answer");
    assert!(plain.stop());

    let certificate = Certificate::new();
    let server = start(&db, &Files::of(&certificate));
    let client = Client::new(&server, &[&certificate]);
    for offer in [Offer::Http1, Offer::Http2] {
        for _ in 0..2 {
            let answer = client.get(offer, &path).await.expect("an answer");
            assert_eq!((answer.status, &answer.body), (expected.0, &expected.2), "{offer:?}");
            assert_eq!(stable_headers(&lines(&answer)), stable_headers(&expected.1), "{offer:?}");
            assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{offer:?}");
        }
    }
    assert!(!expected.1.to_lowercase().contains("strict-transport-security"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cookie_of_a_sign_in_is_secure_and_may_be_sent_apart() {
    let db = TestDatabase::sqlite();
    issue(&db, 1);
    let certificate = Certificate::new();
    let server = start(&db, &Files::of(&certificate));
    let client = Client::new(&server, &[&certificate]);
    let origin = format!("https://{}", server.address);
    // Without Sec-Fetch-Site, the server compares Origin with its public address.
    let headers = [
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", origin.as_str()),
        ("referer", origin.as_str()),
    ];
    let form = "email=ada%40example.com&password=a+good+password";
    let answer = client.send(Offer::Http2, Method::POST, "/_fn/sign_in", &headers, form).await;
    let answer = answer.expect("an answer");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{}", answer.body);
    let cookies = answer.headers.get_all("set-cookie").iter();
    let cookie = cookies
        .filter_map(|value| value.to_str().ok())
        .find(|value| value.starts_with("__Host-countersign_session="))
        .expect("a session");
    assert!(cookie.contains("Secure") && cookie.contains("HttpOnly"), "{cookie}");

    let session = cookie.split(';').next().expect("a pair");
    // Browsers send each cookie in a header of its own (RFC 9113, section 8.2.3).
    let headers = [("accept", "text/html"), ("cookie", "other=1"), ("cookie", session)];
    let page = client.send(Offer::Http2, Method::GET, "/", &headers, "").await.expect("an answer");
    assert_eq!(page.status, 200, "{:?}", page.header("location"));
    let foreign = [("origin", "https://evil.example"), ("cookie", session)];
    let answer = client.send(Offer::Http2, Method::POST, "/_fn/sign_out", &foreign, "").await;
    assert_eq!(answer.expect("an answer").status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_redirected_with_path_and_query() {
    let db = TestDatabase::sqlite();
    let server = start(&db, &Files::of(&Certificate::new()));
    let at = server.startup["redirect"].as_str().and_then(|url| url.strip_prefix("http://"));
    let at = at.and_then(|text| text.parse().ok()).expect("the address of the redirect");
    for (method, path) in
        [("GET", "/verify?license_key=A&domain=a.com"), ("POST", "/activate"), ("GET", "//x/y")]
    {
        let (status, head, body) =
            send_with_headers(at, method, path, "X-Forwarded-Host: evil.example\r\n", "").expect("an answer");
        assert_eq!((status, body.as_str()), (308, ""), "{method} {path}");
        let location = format!("\r\nlocation: https://{}{path}", server.address);
        let head = head.replace("Location:", "location:");
        assert!(head.contains(&location), "{head}");
        assert!(!head.to_lowercase().contains("strict-transport-security"), "RFC 6797, section 7.2");
    }
    let long = format!("X-Long: {}\r\n", "a".repeat(20_000));
    let answer = send_with_headers(at, "GET", "/", &long, "");
    assert!(answer.is_none_or(|(status, ..)| status == 431));
}

#[tokio::test(flavor = "multi_thread")]
async fn health_check_speaks_tls() {
    let db = TestDatabase::sqlite();
    let files = Files::of(&Certificate::new());
    let server = start(&db, &files);
    let mut command = binary(&db);
    command.args(["healthcheck"]).envs(files.settings());
    command.env("COUNTERSIGN_LISTEN", server.address.to_string());
    assert!(command.output().expect("the binary").status.success());
    drop(server);
    assert!(!command.output().expect("the binary").status.success());
}
