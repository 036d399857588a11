//! Set-up, sign-in, sign-out and the session cookie.

use server::config::{Config, Switch};

use super::Browser;
use crate::test_app::TestApp;
use test_support::{PASSWORD, TestDatabase, on_both_databases, seller};

const SESSION: &str = "countersign_session";

on_both_databases! {
    async fn an_empty_instance_redirects_to_set_up(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let mut browser = Browser::new(&app);
        let response = browser.get("/licenses").await;
        assert_eq!((response.status.as_u16(), response.header("location")), (303, "/set-up"));
        assert!(browser.get("/set-up").await.text.contains("Set up this server"));
        let code = app.service.setup_code();
        let mut fields = vec![
            ("code", "WRONG"), ("name", "Ada"), ("email", "ada@example.com"), ("account", "Ada's <shop>"),
            ("password", "a good password"), ("product", "Plugin"),
        ];
        let refused = browser.submit("/set-up", "/_fn/set_up", &fields).await;
        assert_eq!((refused.status.as_u16(), refused.header("location")), (303, "/set-up"));
        let page = browser.get("/set-up").await.text;
        assert!(page.contains("This is not the code"), "the error is shown");
        assert!(page.contains(r#"value="ada@example.com""#) && page.contains("Ada's &lt;shop&gt;"), "the entered values are kept");
        assert!(!page.contains("a good password") && !page.contains("WRONG"), "secrets are not kept");
        assert!(!browser.get("/set-up").await.text.contains("This is not the code"), "the error is shown once");
        fields[0].1 = &code;
        let done = browser.submit("/set-up", "/_fn/set_up", &fields).await;
        let welcome = done.header("location").to_owned();
        assert!(welcome.starts_with("/welcome?license="), "{welcome}");
        let page = browser.get(&welcome).await.text;
        assert!(page.contains("/verify?license_key=LIC-"), "{page}");
        assert_eq!(browser.get("/set-up").await.header("location"), "/");
    }

    async fn sign_in_redirects_back_and_sign_out_ends_the_session(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let mut browser = Browser::new(&app);
        let redirect = browser.get("/licenses?q=x").await;
        assert_eq!(redirect.header("location"), "/sign-in?next=%2Flicenses%3Fq%3Dx");
        let wrong = [("email", ada.email.as_str()), ("password", "wrong password"), ("next", "/licenses?q=x")];
        browser.submit("/sign-in?next=%2Flicenses", "/_fn/sign_in", &wrong).await;
        let page = browser.get("/sign-in").await.text;
        assert!(page.contains("The e-mail address or the password is wrong."));
        assert!(page.contains(&ada.email) && !page.contains("wrong password\""));
        let right = [("email", ada.email.as_str()), ("password", PASSWORD), ("next", "/licenses?q=x")];
        let done = browser.submit("/sign-in", "/_fn/sign_in", &right).await;
        assert_eq!(done.header("location"), "/licenses?q=x");
        assert_eq!(browser.get("/licenses").await.status, 200);
        let old = browser.cookie(SESSION).unwrap().to_owned();
        assert_eq!(browser.submit("/", "/_fn/sign_out", &[]).await.header("location"), "/sign-in");
        browser.set_cookie(SESSION, &old);
        assert_eq!(browser.get("/licenses").await.status, 303, "the old session has ended");
    }

    async fn sign_in_replaces_the_session_id(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let mut victim = Browser::of(&app, &ada).await;
        let planted = victim.cookie(SESSION).unwrap().to_owned();
        victim.submit("/sign-in", "/_fn/sign_in", &[("email", &ada.email), ("password", PASSWORD)]).await;
        assert_ne!(victim.cookie(SESSION).unwrap(), planted);
        let mut attacker = Browser::new(&app);
        attacker.set_cookie(SESSION, &planted);
        assert_eq!(attacker.get("/licenses").await.status, 303);
    }

    async fn sign_in_never_redirects_to_another_site(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        for next in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=y"] {
            let mut browser = Browser::new(&app);
            let fields = [("email", ada.email.as_str()), ("password", PASSWORD), ("next", next)];
            let done = browser.submit("/sign-in", "/_fn/sign_in", &fields).await;
            assert_eq!(done.header("location"), "/", "{next}");
        }
    }
}

#[tokio::test]
async fn malformed_cookies_are_ignored() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    seller(&app.service, "ada").await;
    for value in ["", "x", "%00", "AAAAAAAAAAAAAAAAAAAAAA", "\"", "=;=;;", &"A".repeat(5000)] {
        let mut browser = Browser::new(&app);
        browser.set_cookie(SESSION, value);
        browser.set_cookie("flash", value);
        browser.set_cookie("theme", value);
        let response = browser.get("/licenses").await;
        assert_eq!(response.status, 303, "{value}");
        assert_eq!(browser.get("/sign-in").await.status, 200, "{value}");
    }
}

#[tokio::test]
async fn session_cookie_is_http_only_same_site_and_secure_on_https() {
    let attributes = async |public_url: Option<&str>| {
        let settings = Config {
            rate_limits: Switch::Off,
            public_url: public_url.map(ToOwned::to_owned),
            ..Config::default()
        };
        let app = TestApp::with(TestDatabase::sqlite(), settings).await;
        let ada = seller(&app.service, "ada").await;
        let mut browser = Browser::new(&app);
        browser.origin = if public_url.is_some() { "https://localhost" } else { "http://localhost" };
        let fields = [("email", ada.email.as_str()), ("password", PASSWORD)];
        let signed_in = browser.submit("/sign-in", "/_fn/sign_in", &fields).await;
        let cookies = signed_in.headers.get_all("set-cookie").iter();
        let cookies = cookies.map(|cookie| cookie.to_str().unwrap().to_owned());
        cookies.into_iter().find(|cookie| cookie.contains("_session=")).expect("a session")
    };
    let plain = attributes(None).await;
    assert!(
        plain.contains("HttpOnly") && plain.contains("SameSite=Lax") && !plain.contains("Secure"),
        "{plain}"
    );
    let https = attributes(Some("https://licenses.example.com")).await;
    assert!(https.starts_with("__Host-") && https.contains("Secure"), "{https}");
}

#[tokio::test]
async fn browser_on_http_gets_the_https_address() {
    let settings = Config {
        rate_limits: Switch::Off,
        public_url: Some("https://licenses.example.com".into()),
        ..Config::default()
    };
    let app = TestApp::with(TestDatabase::sqlite(), settings).await;
    let ada = seller(&app.service, "ada").await;
    let mut browser = Browser::new(&app);
    let fields = [("email", ada.email.as_str()), ("password", PASSWORD)];
    let refused = browser.submit("/sign-in", "/_fn/sign_in", &fields).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("https://licenses.example.com"), "{}", refused.text);
    let page = browser.get("/sign-in").await;
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
}
