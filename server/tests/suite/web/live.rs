//! Event stream of live pages: who may open one, what it sends, and when it ends.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::Request;
use http_body_util::BodyExt as _;
use service::activation::activate;
use service::live::{Topic, Viewer, WatchedTopic, watch};
use service::{Service, cache_invalidation};
use tokio::time::{sleep, timeout};

use super::Browser;
use crate::test_app::TestApp;
use test_support::{Seller, TestDatabase, host, license, on_both_databases, seller};

/// Streams of a session beyond this number are refused.
const MAX_PER_SESSION: usize = 16;

fn request(browser: &Browser<'_>, path: &str) -> Request<Body> {
    let cookies: Vec<String> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request =
        Request::get(path).header("accept", "text/event-stream").header("cookie", cookies.join("; "));
    request.body(Body::empty()).unwrap()
}

/// Opens a stream, whose body the test reads.
async fn open(browser: &Browser<'_>, topics: &str) -> Response {
    let request = request(browser, &format!("/_live?{topics}"));
    browser.app.router.handle(request, "192.0.2.1:1234".parse().unwrap()).await.unwrap()
}

/// Reads the next event that is no comment. `None` at the end of the stream.
async fn next(stream: &mut Response) -> Option<String> {
    loop {
        let frame =
            timeout(Duration::from_secs(8), stream.body_mut().frame()).await.expect("an event in time")?;
        let text = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
        if !text.starts_with(':') {
            return Some(text);
        }
    }
}

/// Returns the topic of a seller's overview.
fn overview(seller: &Seller) -> String {
    format!("topic=overview:{}", seller.actor.account)
}

/// Registers a thousand viewers of the overview.
async fn many_viewers(service: &Service, seller: &Seller) -> Vec<Viewer> {
    let topics = [WatchedTopic { topic: Topic::Overview(seller.actor.account), seen: None }];
    let mut viewers = Vec::new();
    for _ in 0..1000 {
        viewers.push(watch(service, &seller.actor, &topics).await.unwrap());
    }
    viewers
}

on_both_databases! {
    async fn stream_names_the_changed_pages_and_holds_no_data(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let listener = tokio::spawn(cache_invalidation::listen(app.service.clone()));
        sleep(Duration::from_millis(300)).await;
        let ada = seller(&app.service, "ada").await;
        let (id, key) = license(&app.service, &ada, 2).await;
        let browser = Browser::of(&app, &ada).await;
        sleep(Duration::from_millis(300)).await;
        let mut stream = open(&browser, &format!("topic=license:{id}")).await;
        assert_eq!(stream.status(), 200);
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        assert_eq!(stream.headers()["cache-control"], "no-store");
        assert_eq!(stream.headers()["x-accel-buffering"], "no");
        activate(&app.service, &key, &host("a.com"), None).await.unwrap();
        let event = next(&mut stream).await.unwrap();
        assert!(event.starts_with("event: changed\ndata: {"), "{event}");
        assert!(event.contains(&format!("\"topics\":[\"license:{id}\"]")), "{event}");
        assert!(!event.contains("a.com"), "{event}");
        // A page of an earlier version is outdated at once.
        let topic = overview(&ada);
        let mut stream = open(&browser, &format!("topic=license:{id}&{topic}@older.7")).await;
        let event = next(&mut stream).await.unwrap();
        assert!(event.contains(&format!("\"topics\":[\"overview:{}\"]", ada.actor.account)), "{event}");
        service::live::close(&app.service);
        assert_eq!(next(&mut stream).await, None, "the shutdown ends streams");
        listener.abort();
    }

    async fn shutdown_ends_a_stream_in_the_pause_between_messages(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let topic = overview(&ada);
        let mut stream = open(&Browser::of(&app, &ada).await, &format!("{topic}@older.7")).await;
        assert!(next(&mut stream).await.unwrap().starts_with("event: changed"));
        // The pause is now 15 s.
        let _viewers = many_viewers(&app.service, &ada).await;
        let ended = timeout(Duration::from_secs(2), async {
            // The stream waits before the shutdown begins.
            assert!(timeout(Duration::from_millis(200), next(&mut stream)).await.is_err());
            service::live::close(&app.service);
            next(&mut stream).await
        });
        assert_eq!(ended.await.expect("the end of the stream in time"), None);
    }

    async fn only_members_of_the_account_open_a_stream(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let (id, _) = license(&app.service, &ada, 1).await;
        assert_eq!(app.get(&format!("/_live?{}", overview(&ada))).await.status, 401);
        let browser = Browser::of(&app, &eve).await;
        let missing = service::new_id();
        let not_found = (404, r#"{"code":"not_found","message":"Not found.","fields":{},"reference":null}"#);
        let refused = [
            format!("topic=license:{id}"),
            format!("topic=license:{missing}"),
            overview(&ada),
            "topic=overview".into(),
            "topic=x".into(),
            String::new(),
        ];
        for topics in refused {
            let answer = app.send(request(&browser, &format!("/_live?{topics}"))).await;
            assert_eq!(answer.status_and_body(), not_found, "{topics}");
        }
        // Tabs of another account, which the browser had before, do not end the updates of this one's.
        let overviews = format!("{}@older.7&{}@older.7", overview(&ada), overview(&eve));
        let topics = format!("topic=license:{id}@older.7&{overviews}");
        let mut stream = open(&browser, &topics).await;
        assert_eq!(stream.status(), 200);
        let event = next(&mut stream).await.unwrap();
        assert!(event.contains(&format!("\"topics\":[\"overview:{}\"]", eve.actor.account)), "{event}");
    }
}

#[tokio::test]
async fn first_messages_to_many_viewers_are_spread() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let _viewers = many_viewers(&app.service, &ada).await;
    let browser = Browser::of(&app, &ada).await;
    let mut streams = Vec::new();
    for _ in 0..MAX_PER_SESSION {
        streams.push(open(&browser, &format!("{}@older.7", overview(&ada))).await);
    }
    let mut early = 0;
    for stream in &mut streams {
        early += usize::from(timeout(Duration::from_millis(50), next(stream)).await.is_ok());
    }
    // Within a second, of the 15 s over which the messages are spread.
    assert!(early < MAX_PER_SESSION / 2, "{early} of {MAX_PER_SESSION} messages came at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stream_ends_with_its_session() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let mut browser = Browser::of(&app, &ada).await;
    let mut stream = open(&browser, &overview(&ada)).await;
    let mut other = open(&Browser::of(&app, &ada).await, &overview(&ada)).await;
    browser.submit("/", "/_fn/sign_out", &[]).await;
    assert_eq!(next(&mut stream).await.as_deref(), Some("event: end\ndata: signed_out\n\n"));
    assert_eq!(next(&mut stream).await, None);
    assert_eq!(app.send(request(&browser, &format!("/_live?{}", overview(&ada)))).await.status, 401);
    let silent = timeout(Duration::from_secs(1), next(&mut other)).await;
    assert!(silent.is_err(), "the other session goes on");
}

#[tokio::test]
async fn streams_of_a_session_are_bounded() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let browser = Browser::of(&app, &ada).await;
    let mut streams = Vec::new();
    for _ in 0..MAX_PER_SESSION {
        streams.push(open(&browser, &overview(&ada)).await);
    }
    assert!(streams.iter().all(|stream| stream.status() == 200));
    let refused = app.send(request(&browser, &format!("/_live?{}", overview(&ada)))).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, "30"));
    streams.pop();
    assert_eq!(open(&browser, &overview(&ada)).await.status(), 200, "a closed stream leaves its place");
}

#[tokio::test]
async fn live_requests_leave_the_flash_and_the_idle_timeout_alone() {
    let db = TestDatabase::sqlite();
    let url = db.url.clone();
    let app = TestApp::new(db).await;
    let ada = seller(&app.service, "ada").await;
    let (id, _) = license(&app.service, &ada, 1).await;
    let mut browser = Browser::of(&app, &ada).await;
    let page = format!("/licenses/{id}");
    browser.get(&page).await;
    // The session was last used long ago.
    let raw = sea_orm::Database::connect(&url).await.unwrap();
    let aged = "UPDATE sessions SET data = json_set(data, '$.times.seen', 0) WHERE user_id IS NOT NULL";
    sea_orm::ConnectionTrait::execute_unprepared(&raw, aged).await.unwrap();
    let seen = "SELECT data ->> '$.times.seen' || '' AS text FROM sessions WHERE user_id IS NOT NULL";
    let (id, rejected) = (id.to_string(), "order: 1");
    let update = || Request::get(&page).header("accept", "text/html").header("x-live-update", "1");
    let answer = browser.send(update(), Body::empty()).await;
    assert_eq!(answer.status, 200);
    drop(open(&browser, &overview(&ada)).await);
    assert_eq!(test_support::texts(&raw, seen).await, ["0"]);
    let fields = [("id", id.as_str()), ("metadata", rejected), ("metadata_was", "")];
    browser.submit(&page, "/_fn/set_license_metadata", &fields).await;
    let answer = browser.send(update(), Body::empty()).await;
    assert!(!answer.text.contains(rejected), "{}", answer.text);
    let shown = browser.get(&page).await;
    assert!(shown.text.contains(rejected), "the next page of the user shows the fault: {}", shown.text);
    assert_ne!(test_support::texts(&raw, seen).await, ["0"]);
}

#[tokio::test]
async fn live_pages_name_their_topic_and_their_parts() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let (id, _) = license(&app.service, &ada, 1).await;
    let mut browser = Browser::of(&app, &ada).await;
    let page = browser.get(&format!("/licenses/{id}?reveal=1&check=a.com&history=changes")).await.text;
    // An update neither reveals the key, which is an audit entry, nor checks the domain again.
    for text in [
        format!("data-live-topic=\"license:{id}\""),
        format!("data-live-path=\"/licenses/{id}?history=changes\""),
    ] {
        assert!(page.contains(&text), "{text}: {page}");
    }
    for part in ["live-standing", "live-domains", "live-machines", "live-refused", "live-history"] {
        assert!(page.contains(&format!("<div id=\"{part}\" data-live-part")), "{part}: {page}");
    }
    let page = browser.get("/?days=7").await.text;
    for text in [
        format!("data-live-topic=\"overview:{}\"", ada.actor.account),
        "data-live-path=\"/?days=7\"".to_owned(),
        "<div id=\"live-overview\" data-live-part".to_owned(),
    ] {
        assert!(page.contains(&text), "{text}: {page}");
    }
    assert!(!browser.get("/licenses").await.text.contains("data-live"));
}

#[tokio::test]
async fn rows_of_live_parts_have_ids() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let (id, key) = license(&app.service, &ada, 1).await;
    activate(&app.service, &key, &host("a.com"), None).await.unwrap();
    for domain in ["b.com", "c.com"] {
        let _ = activate(&app.service, &key, &host(domain), None).await;
    }
    app.service.flush_all().await.unwrap();
    let mut browser = Browser::of(&app, &ada).await;
    let rows = [
        (format!("/licenses/{id}"), vec![("activation-", 1), ("refused-", 2)]),
        ("/".to_owned(), vec![("limited-", 2), ("latest-limit_reached-", 2), ("bar-", 1)]),
    ];
    for (path, expected) in rows {
        let page = browser.get(&path).await.text;
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        for (begin, count) in expected {
            let rows: BTreeSet<_> = ids.iter().filter(|id| id.starts_with(begin)).collect();
            assert_eq!(rows.len(), count, "{begin}: {page}");
        }
    }
    assert!(browser.get("/").await.text.contains(&format!("id=\"latest-{id}\"")));
    assert!(browser.get(&format!("/licenses/{id}")).await.text.contains("id=\"entry-"));
}
