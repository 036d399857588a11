//! The customer's page without JavaScript: opened by a key or by the link of a mail, in the seller's look and
//! the customer's language.

use axum::body::Body;
use domain::CustomerRelease;
use domain::license::NewLicense;
use domain::product::ProductSettings;
use http::{Request, StatusCode};
use service::mail::{Round, send_due};

use super::Browser;
use crate::test_app::{TestApp, TestResponse};
use test_support::smtp::SmtpServer;
use test_support::{Seller, TestDatabase, license, new_operator, on_both_databases, seller};

const ORIGIN: &str = "http://127.0.0.1:3000";

async fn set_rule(app: &TestApp, seller: &Seller, rule: CustomerRelease) {
    let shown = service::product::show(&app.service, &seller.actor, seller.product.id).await.unwrap();
    let settings = ProductSettings { customer_release: rule, ..shown.settings().unwrap() };
    service::product::update(&app.service, &seller.actor, seller.product.id, settings).await.unwrap();
}

async fn open(browser: &mut Browser<'_>, page: &str, fields: &[(&str, &str)]) -> TestResponse {
    browser.submit(page, "/_fn/open_customer_page", fields).await
}

/// Sends mails until a link has arrived, and returns its path.
async fn receive_link(app: &TestApp, server: &SmtpServer) -> String {
    for _ in 0..500 {
        while send_due(&app.service).await.unwrap() == Round::More {}
        let start = format!("{ORIGIN}/manage/ada/link/");
        if let Some(mail) = server.received().into_iter().rfind(|mail| mail.text().contains(&start)) {
            return mail.link(&start).strip_prefix(ORIGIN).unwrap().to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no link: {:?}", server.received());
}

/// The hidden value of a form on a page.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let value = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    value.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("no {name}: {page}"))
}

on_both_databases! {
    async fn a_key_opens_the_page_and_frees_a_domain(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (id, key) = license(&app.service, &ada, 2).await;
        app.json("/activate", key.expose(), "shop.example.com").await;
        let mut browser = Browser::new(&app);
        let opened = open(&mut browser, "/manage", &[("license_key", key.expose())]).await;
        assert_eq!((opened.status.as_u16(), opened.header("location")), (303, "/manage/ada"));
        let page = browser.get("/manage/ada").await.text;
        for part in ["ada plugin", "Active", "1 of 2 in use", "To see the list, please ask the seller."] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("shop.example.com") && !page.contains(key.expose()), "{page}");

        set_rule(&app, &ada, CustomerRelease::OnceInDays(30)).await;
        let page = browser.get("/manage/ada").await.text;
        assert!(page.contains("shop.example.com") && page.contains("every 30 days"), "{page}");
        let (license, slot) = (hidden(&page, "license").to_owned(), hidden(&page, "activation").to_owned());
        assert_eq!(license, id.to_string());
        let fields = [("license", license.as_str()), ("activation", slot.as_str()), ("to", "not a domain")];
        browser.submit("/manage/ada", "/_fn/move_own_domain", &fields).await;
        let page = browser.get("/manage/ada").await.text;
        assert!(page.contains("This must be a website") && page.contains("not a domain"), "{page}");
        let freed = browser.submit("/manage/ada", "/_fn/free_own_activation", &fields[..2]).await;
        assert_eq!((freed.status.as_u16(), freed.header("location")), (303, "/manage/ada"));
        let page = browser.get("/manage/ada").await.text;
        assert!(page.contains("It is freed.") && page.contains("0 of 2 in use"), "{page}");
        assert!(page.contains("The next one can be freed from") && page.contains(" UTC on."), "{page}");
        assert!(!app.get(&format!("/verify?license_key={}&domain=shop.example.com", key.expose())).await.text.contains("\"valid\":true"));
        let again = browser.submit("/manage/ada", "/_fn/free_own_activation", &fields[..2]).await;
        assert_eq!(again.status, 303);
        assert!(browser.get("/manage/ada").await.text.contains("It was freed already."));
        let history = Browser::of(&app, &ada).await.get(&format!("/licenses/{id}")).await.text;
        assert!(history.contains("customer at 192.0.2.1"), "{history}");

        browser.submit("/manage/ada", "/_fn/close_customer_page", &[]).await;
        assert!(browser.get("/manage/ada").await.text.contains("/_fn/open_customer_page"));
        let closed = browser.submit("/manage/ada", "/_fn/free_own_activation", &fields[..2]).await;
        assert_eq!(closed.header("location"), "/manage/ada");
        assert!(browser.get("/manage/ada").await.text.contains("This page is closed."));
    }

    async fn a_mailed_link_opens_all_licenses_of_its_address(db: TestDatabase) {
        let (app, server) = (TestApp::new(db).await, SmtpServer::start().await);
        let ada = seller(&app.service, "ada").await;
        let mut browser = Browser::new(&app);
        assert!(!browser.get("/manage/ada").await.text.contains("/_fn/request_customer_link"), "mail is off");
        server.enable(&app.service);
        set_rule(&app, &ada, CustomerRelease::Always).await;
        let new = NewLicense {
            customer_email: Some(domain::Email::parse("grace@navy.example").unwrap()),
            count: 2,
            ..NewLicense::for_product(ada.product.id)
        };
        let issued = service::license::issue(&app.service, &ada.actor, new).await.unwrap();
        app.json("/activate", issued[0].key.expose(), "a.example.com").await;
        let mut pages = Vec::new();
        for email in ["grace@navy.example", "nobody@navy.example"] {
            let fields = [("seller", "ada"), ("email", email)];
            let sent = browser.submit("/manage/ada", "/_fn/request_customer_link", &fields).await;
            assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/manage/ada"));
            let page = browser.get("/manage/ada").await;
            assert!(page.text.contains("Look into your mailbox."), "{}", page.text);
            pages.push(page.text.replace(&page.nonce(), "NONCE"));
        }
        assert_eq!(pages[0], pages[1], "the page does not tell whether the address is known");

        let link = receive_link(&app, &server).await;
        let token = link.strip_prefix("/manage/ada/link/").unwrap();
        // A scanner that opens the link opens no licenses, and does not use it up.
        let page = Browser::new(&app).get(&link).await;
        assert!(page.header("set-cookie").is_empty() && page.header("cache-control").contains("no-transform"));
        assert!(!page.text.contains("ada plugin") && page.text.contains("/_fn/open_customer_link"));
        let opened = browser.submit(&link, "/_fn/open_customer_link", &[("seller", "ada"), ("token", token)]).await;
        assert_eq!(opened.header("location"), "/manage/ada");
        let cookie = opened.headers.get_all("set-cookie").iter().find_map(|c| c.to_str().ok().filter(|c| c.starts_with("countersign_customer=")));
        assert!(cookie.is_some_and(|cookie| cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax")), "{cookie:?}");
        let page = browser.get("/manage/ada").await.text;
        assert!(page.contains("grace@navy.example"), "{page}");
        for license in &issued {
            assert!(page.contains(&format!("/manage/ada/licenses/{}", license.id)), "{page}");
        }
        let path = format!("/manage/ada/licenses/{}", issued[0].id);
        let page = browser.get(&path).await.text;
        assert!(page.contains("a.example.com") && page.contains(&issued[0].key.expose()[19..]), "{page}");
        let (license, slot) = (hidden(&page, "license").to_owned(), hidden(&page, "activation").to_owned());
        let fields = [("license", license.as_str()), ("activation", slot.as_str()), ("to", "https://b.example.com/cart")];
        let moved = browser.submit(&path, "/_fn/move_own_domain", &fields).await;
        assert_eq!(moved.header("location"), path);
        let page = browser.get(&path).await.text;
        assert!(page.contains("The license has moved.") && page.contains("b.example.com"), "{page}");

        let gone = Browser::new(&app).get("/manage/ada/link/no-such-token").await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        assert!(gone.text.contains("This link has expired"));
    }

    async fn a_request_file_gets_a_response_once(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (id, key) = license(&app.service, &ada, 1).await;
        let mut browser = Browser::new(&app);
        open(&mut browser, "/manage", &[("license_key", key.expose())]).await;
        assert!(!browser.get("/manage/ada").await.text.contains("/_fn/activate_own_offline"), "the default");
        let mut owner = Browser::of(&app, &ada).await;
        let (product, page) = (ada.product.id.to_string(), format!("/products/{}/customers", ada.product.id));
        let fields = [("id", product.as_str()), ("customer_release", "always"), ("customer_offline", "30")];
        owner.submit(&page, "/_fn/change_customers", &fields).await;

        let file = serde_json::json!({
            "key": key.expose(), "productId": ada.product.id, "fingerprint": "fp", "hostname": "lab-7", "os": "linux",
            "appVersion": "1", "userHash": "u",
        });
        let (id, file) = (id.to_string(), file.to_string());
        let submit = async |browser: &mut Browser<'_>, request: &str| {
            let fields = [("license", id.as_str()), ("request", request)];
            let sent = browser.submit("/manage/ada", "/_fn/activate_own_offline", &fields).await;
            assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/manage/ada"));
            browser.get("/manage/ada").await.text
        };
        let page = submit(&mut browser, "<b>no request</b>").await;
        assert!(page.contains("This is no request of the software.") && page.contains("&lt;b&gt;no request"), "{page}");
        let page = submit(&mut browser, &file.replace(key.expose(), "LIC-0000-0000-0000-0000")).await;
        assert!(page.contains("the key of another license, or a former key"), "{page}");
        let page = submit(&mut browser, &"x".repeat(70_000)).await;
        assert!(page.contains("This is too large to be sent."), "{page}");
        let page = submit(&mut browser, &file).await;
        let response = page.split("id=\"offline-response\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        assert_eq!(response.split('.').count(), 3, "{page}");
        assert!(page.contains(&format!("data:text/plain,{response}")) && page.contains("lab-7"), "{page}");
        assert!(page.contains("Works without a network until") && !page.contains("/_fn/free_own_activation"), "{page}");
        assert!(!browser.get("/manage/ada").await.text.contains("offline-response"), "it is shown once");
        let path = format!("/licenses/{id}");
        let page = owner.get(&path).await.text;
        assert!(page.contains("offline until") && page.contains("Offline response made"), "{page}");

        browser.set_cookie("language", "de");
        let page = submit(&mut browser, "kein Text").await;
        assert!(page.contains("Das ist keine Anfrage der Software."), "{page}");
    }

    async fn unknown_keys_get_one_answer(db: TestDatabase) {
        let app = TestApp::new(db).await;
        seller(&app.service, "ada").await;
        let eve = seller(&app.service, "eve").await;
        let (_, key) = license(&app.service, &eve, 1).await;
        let mut pages = Vec::new();
        for text in [key.expose(), "LIC-0000-0000-0000-0000", "no key", "<b>x</b>"] {
            let mut browser = Browser::new(&app);
            let refused = open(&mut browser, "/manage/ada", &[("license_key", text), ("seller", "ada")]).await;
            assert_eq!((refused.status.as_u16(), refused.header("location")), (303, "/manage/ada"), "{text}");
            assert!(browser.cookie("countersign_customer").is_none());
            let page = browser.get("/manage/ada").await;
            assert!(page.text.contains("No license has this key."), "{}", page.text);
            assert!(page.header("cache-control").contains("no-transform"), "a typed key is in its form again");
            let typed = text.replace('<', "&lt;").replace('>', "&gt;");
            assert!(page.text.contains(&typed) && !page.text.contains("<b>x"), "{}", page.text);
            pages.push(page.text.replace(&page.nonce(), "NONCE").replace(&typed, "KEY"));
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "the pages differ only by the typed key");
        let unknown = Browser::new(&app).get("/manage/nobody").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert!(unknown.text.contains("This page is not there"));
        for path in ["/manage/ada/b/c", "/manage/ada/licenses", "/manage/ada/licenses/1/2"] {
            let mut browser = Browser::new(&app);
            let request = Request::get(path).header("accept", "text/html").header("accept-language", "de");
            let unknown = browser.send(request, Body::empty()).await;
            assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{path}");
            assert!(unknown.text.contains("Diese Seite gibt es nicht"), "{path}: {}", unknown.text);
            assert!(!unknown.text.contains("There is no such page"), "{path}");
        }
    }
}

#[tokio::test]
async fn the_page_has_the_look_of_its_seller() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let mut owner = Browser::of(&app, &ada).await;
    let page = owner.get("/settings/customer-page").await.text;
    assert!(page.contains(&format!("{ORIGIN}/manage/ada")), "{page}");
    let fields = [("name", "Maple <b>& Co"), ("logo", "MAPLE"), ("color", "yellow")];
    owner.submit("/settings/customer-page", "/_fn/change_customer_page", &fields).await;
    let page = owner.get("/settings/customer-page").await.text;
    assert!(page.contains("A color has the form") && page.contains("Maple &lt;b&gt;&amp; Co"), "{page}");
    let fields = [("name", "Maple <b>& Co"), ("logo", "MAPLE"), ("color", "#FFDD00")];
    owner.submit("/settings/customer-page", "/_fn/change_customer_page", &fields).await;
    assert!(owner.get("/settings/customer-page").await.text.contains("Saved."));

    let mut browser = Browser::new(&app);
    let page = browser.get("/manage/ada").await;
    for part in ["MAPLE", "Maple &lt;b&gt;", "name=\"robots\" content=\"noindex\""] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("Countersign</title>"), "{}", page.text);
    assert!(page.header("cache-control").starts_with("no-store"));
    let start = "/manage/ada/brand.css?v=";
    let version =
        page.text.split(start).nth(1).and_then(|rest| rest.split('"').next()).expect("a style sheet");
    let sheet = app.get(&format!("{start}{version}")).await;
    assert_eq!((sheet.status.as_u16(), sheet.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(sheet.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(sheet.text.contains("--accent:light-dark("), "{}", sheet.text);
    assert_eq!(version, domain::brand::version(&sheet.text));
    assert_eq!(app.get("/manage/ada/brand.css?v=000000").await.header("cache-control"), "no-cache");
    assert_eq!(app.get("/manage/nobody/brand.css").await.status, 404);
    // A member sees the page like a customer.
    assert!(owner.get("/manage/ada").await.text.contains("/_fn/open_customer_page"));
}

#[tokio::test]
async fn the_page_of_a_suspended_seller_says_so_if_apps_are_stopped() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let (ada, olga) = (seller(&app.service, "ada").await, new_operator(&app.service, "olga").await);
    set_rule(&app, &ada, CustomerRelease::Always).await;
    let (_, key) = license(&app.service, &ada, 2).await;
    app.json("/activate", key.expose(), "shop.example.com").await;
    let mut browser = Browser::new(&app);
    open(&mut browser, "/manage", &[("license_key", key.expose())]).await;
    let by = service::account::member(&app.service, olga.user, None).await.unwrap();
    let reason = domain::license::Reason::parse("reason", "Fraud").unwrap();
    let text = "The licenses of this seller are suspended at the moment.";
    for (apps_stopped, form) in [(false, true), (true, false)] {
        service::operator::suspend_seller(&app.service, &by, ada.account, &reason, apps_stopped)
            .await
            .unwrap();
        let page = browser.get("/manage/ada").await.text;
        assert!(page.contains("shop.example.com"), "{page}");
        assert_eq!(page.contains("/_fn/free_own_activation"), form, "{page}");
        assert_eq!(page.contains(text), apps_stopped, "{page}");
    }
}

#[tokio::test]
async fn the_page_has_the_language_of_the_browser() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    seller(&app.service, "ada").await;
    let mut browser = Browser::new(&app);
    let request = || {
        Request::get("/manage/ada")
            .header("accept", "text/html")
            .header("accept-language", "fr, de-AT;q=0.8, en;q=0.5")
    };
    let page = browser.send(request(), Body::empty()).await.text;
    assert!(page.contains("<html lang=\"de\"") && page.contains("Lizenzschlüssel"), "{page}");
    let chosen = browser.submit("/manage/ada", "/_fn/set_language", &[("language", "en")]).await;
    assert_eq!(chosen.header("location"), "/manage/ada");
    let page = browser.send(request(), Body::empty()).await.text;
    assert!(page.contains("<html lang=\"en\"") && page.contains("License key"), "{page}");
    browser.set_cookie("language", "de");
    browser.submit("/manage/ada", "/_fn/open_customer_page", &[("seller", "ada")]).await;
    let page = browser.get("/manage/ada").await.text;
    assert!(page.contains("Das Formular war nicht vollständig.") && !page.contains("not complete"), "{page}");
    browser.set_cookie("language", "en");
    browser.submit("/manage/ada", "/_fn/set_language", &[("language", "../../etc")]).await;
    assert_eq!(browser.cookie("language"), Some("en"));
    assert!(browser.get("/sign-in").await.text.contains("<html lang=\"en\""), "the dashboard is English");
}

#[tokio::test]
async fn large_forms_are_refused() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let key = "x".repeat(70_000);
    let mut browser = Browser::new(&app);
    let refused = open(&mut browser, "/manage", &[("license_key", &key)]).await;
    assert_eq!((refused.status.as_u16(), refused.header("location")), (303, "/manage"));
    assert!(browser.get("/manage").await.text.contains("This is too large to be sent."));
    let form = format!("license_key={key}");
    let request = Request::post("/_fn/open_customer_page").header("accept", "application/json");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(browser.send(request, form.into()).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_unavailable_server_answers_in_the_language_of_the_page() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let mut browser = Browser::new(&app);
    browser.set_cookie("countersign_session", "MDEyMzQ1Njc4OWFiY2RlZg");
    browser.set_cookie("language", "de");
    app.service.close().await;
    let page = browser.get("/manage/ada").await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (503, "1"));
    assert!(
        page.text.contains("<html lang=\"de\"") && page.text.contains("Der Server ist gerade ausgelastet.")
    );
    assert!(
        page.text.contains("href=\"/manage/ada\"") && !page.text.contains("Countersign"),
        "{}",
        page.text
    );
    let form = browser.submit("/manage/ada?domains=x", "/_fn/free_own_activation", &[]).await;
    assert!(
        form.text.contains("href=\"/manage/ada\"") && form.text.contains("Noch einmal versuchen"),
        "{}",
        form.text
    );
    let page = browser.get("/licenses").await;
    assert!(page.text.contains("<html lang=\"en\"") && page.text.contains("Countersign"), "{}", page.text);
}
