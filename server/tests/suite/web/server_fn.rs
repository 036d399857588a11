//! Access to the server functions, and forms without JavaScript.

use axum::body::Body;
use http::Request;

use super::Browser;
use crate::test_app::TestApp;
use test_support::{TestDatabase, license, on_both_databases, seller};

const FUNCTIONS: &[&str] = &[
    "sign_in",
    "sign_out",
    "set_theme",
    "set_up",
    "create_product",
    "change_licensing",
    "change_domains",
    "change_machines",
    "change_meters",
    "change_customers",
    "archive_product",
    "restore_product",
    "delete_product",
    "issue_license",
    "search",
    "search_licenses",
    "suspend_license",
    "reinstate_license",
    "revoke_license",
    "undo_revocation",
    "change_license_rules",
    "set_metadata_readers",
    "create_license_template",
    "change_license_template",
    "delete_license_template",
    "create_trial_policy",
    "change_trial_policy",
    "delete_trial_policy",
    "choose_trial_policy",
    "renew_license",
    "free_activation",
    "start_bulk_job",
    "stop_bulk_job",
    "undo_bulk_job",
    "search_customers",
    "update_customer",
    "merge_customers",
    "erase_customer",
    "send_license_key",
    "retry_mail",
    "send_test_mail",
    "change_customer_mail",
    "set_product_reminders",
    "save_mail_template",
    "preview_mail_template",
    "reset_mail_template",
    "create_shop",
    "change_shop",
    "set_shop_secret",
    "set_shop_price",
    "remove_shop_price",
    "repeat_shop_event",
    "delete_shop",
    "create_webhook",
    "change_webhook",
    "delete_webhook",
    "resume_webhook",
    "rotate_webhook_secret",
    "test_webhook",
    "retry_webhook_delivery",
    "send_template_sample",
    "request_password_reset",
    "set_new_password",
    "request_sign_up",
    "create_seller",
    "create_seller_as_user",
    "create_seller_by_link",
    "create_seller_by_sign_in",
    "invite_seller",
    "withdraw_seller_invitation",
    "change_customer_page",
    "open_customer_page",
    "request_customer_link",
    "open_customer_link",
    "free_own_activation",
    "move_own_domain",
    "activate_own_offline",
    "close_customer_page",
    "set_language",
];

#[tokio::test]
async fn cross_site_requests_are_rejected() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let (id, _) = license(&app.service, &ada, 1).await;
    let mut browser = Browser::of(&app, &ada).await;
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        for kind in [
            "application/x-www-form-urlencoded",
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/json",
        ] {
            for function in FUNCTIONS {
                let request = Request::post(format!("/_fn/{function}"))
                    .header("host", "localhost")
                    .header("accept", "text/html")
                    .header("content-type", kind)
                    .header(name, value);
                let response = browser.send(request, format!("id={id}&reason=").into()).await;
                assert_eq!(response.status, 403, "{function} {kind} {name}: {value}");
            }
        }
    }
    let view = service::license::show(&app.service, &ada.actor, id).await.unwrap();
    assert_eq!(view.standing, domain::license::Standing::Active);
}

#[tokio::test]
async fn get_requests_never_call_a_mutation() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let (id, _) = license(&app.service, &ada, 1).await;
    let mut browser = Browser::of(&app, &ada).await;
    for function in FUNCTIONS.iter().chain(&["change_limit"]) {
        let request = Request::get(format!("/_fn/{function}?id={id}&reason=")).header("accept", "*/*");
        let response = browser.send(request, Body::empty()).await;
        assert!(matches!(response.status.as_u16(), 404 | 405), "{function}: {}", response.status);
    }
    let view = service::license::show(&app.service, &ada.actor, id).await.unwrap();
    assert_eq!(view.standing, domain::license::Standing::Active);
}

#[tokio::test]
async fn anonymous_calls_are_rejected() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let (id, _) = license(&app.service, &ada, 1).await;
    let mut anonymous = Browser::new(&app);
    let id = id.to_string();
    let all = [
        ("id", id.as_str()),
        ("reason", ""),
        ("params[id]", "00000000-0000-0000-0000-000000000001"),
        ("params[reveal]", "true"),
        ("days", "30"),
        ("query[search]", ""),
        ("query[sort]", "newest"),
    ];
    for function in [
        "me",
        "overview",
        "licenses",
        "license",
        "license_rules",
        "welcome",
        "products",
        "product",
        "product_options",
        "trial_policies",
        "trial_policy",
        "search",
        "search_hits",
        "search_results",
        "suspend_license",
        "mails",
        "retry_mail",
        "send_test_mail",
        "send_license_key",
        "customer_mail",
        "change_customer_mail",
        "customer_page_settings",
        "shops",
        "shop",
        "shop_event",
        "delete_shop",
        "repeat_shop_event",
        "webhooks",
        "failing_webhooks",
        "webhook",
        "webhook_settings",
        "delete_webhook",
        "resume_webhook",
        "test_webhook",
        "webhook_delivery",
        "retry_webhook_delivery",
        "seller_invitations",
        "withdraw_seller_invitation",
    ] {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        let request = Request::post(format!("/_fn/{function}"))
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        let response = anonymous.send(request, form.into()).await;
        assert_eq!(response.status, 401, "{function}: {}", response.text);
    }
}

on_both_databases! {
    async fn a_searched_key_leads_to_its_license_and_gets_into_no_url(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let (id, key) = license(&app.service, &ada, 1).await;
        let (_, key_of_eve) = license(&app.service, &eve, 1).await;
        let mut browser = Browser::of(&app, &ada).await;
        let mail = format!("Hello,\nmy key {} is refused!", key.expose().to_lowercase());
        let license_path = format!("/licenses/{id}");
        let (known, unknown) = (key.expose(), format!("/licenses?q={}", key_of_eve.last_four()));
        for (search, to) in [
            (known, license_path.as_str()),
            (&mail, license_path.as_str()),
            (key_of_eve.expose(), unknown.as_str()),
            ("shop.com", "/licenses?q=shop%2Ecom"),
            ("wordpress", "/licenses?q=wordpress"),
        ] {
            let fields = [("q", search), ("product", ""), ("standing", ""), ("sort", "newest")];
            let found = browser.submit("/licenses", "/_fn/search_licenses", &fields).await;
            assert_eq!((found.status.as_u16(), found.header("location")), (303, to), "{search}");
        }
    }

    async fn a_search_leads_to_its_only_object_or_to_the_results(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let (id, key) = license(&app.service, &ada, 2).await;
        let (other, _) = license(&app.service, &ada, 1).await;
        let (_, key_of_eve) = license(&app.service, &eve, 1).await;
        app.json("/activate", key.expose(), "shop.example.com").await;
        let mut browser = Browser::of(&app, &ada).await;
        let license_path = format!("/licenses/{id}");
        let product_path = format!("/products/{}", ada.product.id);
        let mail = format!("Hello,\nmy key {} is refused!", key.expose().to_lowercase());
        let unknown = format!("/search?q=%E2%80%A6{}&key=unknown", key_of_eve.last_four());
        for (text, to) in [
            (key.expose(), license_path.as_str()),
            (&mail, license_path.as_str()),
            (key_of_eve.expose(), unknown.as_str()),
            ("https://example.com/cart", license_path.as_str()),
            ("ada plugin", product_path.as_str()),
            ("nobody", "/search?q=nobody"),
        ] {
            let found = browser.submit("/", "/_fn/search", &[("q", text)]).await;
            assert_eq!((found.status.as_u16(), found.header("location")), (303, to), "{text}");
        }
        app.json("/activate", key.expose(), "other.example.com").await;
        let page = browser.get("/search?q=%3Cb%3Enobody").await.text;
        assert!(page.contains("Nothing found") && page.contains("&lt;b&gt;nobody") && !page.contains("<b>nobody"), "{page}");
        let page = browser.get("/search?q=example.com").await.text;
        assert!(page.contains(&license_path) && page.contains("shop.example.com") && page.contains("Domains"), "{page}");
        assert!(!page.contains(&other.to_string()) && !page.contains(key.expose()), "{page}");
        let request = http::Request::post("/_fn/search_hits")
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        let hits = browser.send(request, "q=shop.example.com".into()).await.text;
        let expected = format!(
            r#"[{{"kind":"Domain","title":"shop.example.com","detail":"…{} · ada plugin","href":"{license_path}"}}]"#,
            key.last_four()
        );
        assert_eq!(hits, expected);
    }

    async fn every_license_action_works_without_javascript(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let mut browser = Browser::of(&app, &ada).await;
        let product = ada.product.id.to_string();
        let mut fields = vec![
            ("product", product.as_str()), ("customer_name", "Grace <b>Hopper</b>"), ("customer_email", "nobody"),
            ("domain_limit", "2"), ("machine_limit", ""), ("expiry", "never"), ("expires_at", ""), ("count", "1"),
        ];
        browser.submit("/licenses/new", "/_fn/issue_license", &fields).await;
        let page = browser.get("/licenses/new").await.text;
        assert!(page.contains("This must be an e-mail address") && page.contains("Grace &lt;b&gt;Hopper"), "{page}");
        fields[2].1 = "grace@example.com";
        let done = browser.submit("/licenses/new", "/_fn/issue_license", &fields).await;
        let path = done.header("location").trim_end_matches("?reveal=1").to_owned();
        let id = path.trim_start_matches("/licenses/").to_owned();
        let revealed = browser.get(&format!("{path}?reveal=1")).await.text;
        let at = revealed.find("LIC-").expect("the key");
        let key = revealed[at..at + 23].to_owned();
        let masked = browser.get(&path).await.text;
        assert!(!masked.contains(&key) && masked.contains(&key[19..]));
        assert!(masked.contains("Grace &lt;b&gt;Hopper&lt;/b&gt;") && !masked.contains("<b>Hopper"));

        let verify = async || app.get(&format!("/verify?license_key={key}&domain=a.com")).await.text;
        app.json("/activate", &key, "a.com").await;
        assert_eq!(verify().await, r#"{"valid":true,"license":{"expires_at":null}}"#);
        let suspended = browser.submit(&path, "/_fn/suspend_license", &[("id", &id), ("reason", "<i>late</i>")]).await;
        assert_eq!((suspended.status.as_u16(), suspended.header("location")), (303, path.as_str()));
        assert_eq!(verify().await, r#"{"valid":false,"error":"suspended"}"#);
        let page = browser.get(&path).await.text;
        assert!(page.contains("Suspended") && page.contains("&lt;i&gt;late"), "{page}");
        browser.submit(&path, "/_fn/reinstate_license", &[("id", &id)]).await;
        assert_eq!(verify().await, r#"{"valid":true,"license":{"expires_at":null}}"#);
        let again = browser.submit(&path, "/_fn/reinstate_license", &[("id", &id)]).await;
        assert_eq!(again.status, 303);
        assert!(browser.get(&path).await.text.contains("This license is not suspended."));

        let until = [("id", id.as_str()), ("expiry", "date"), ("expires_at", "2099-12-31")];
        browser.submit(&path, "/_fn/renew_license", &until).await;
        assert_eq!(verify().await, r#"{"valid":true,"license":{"expires_at":"2099-12-31T23:59:59Z"}}"#);
        let slot = async || {
            let shown = service::license::show(&app.service, &ada.actor, id.parse().unwrap()).await.unwrap();
            shown.activations().next().unwrap().id.unwrap().to_string()
        };
        let freed = slot().await;
        browser.submit(&path, "/_fn/free_activation", &[("license", &id), ("activation", &freed), ("domain", "a.com")]).await;
        assert_eq!(verify().await, r#"{"valid":false,"error":"invalid_domain"}"#);
        let page = browser.get(&path).await.text;
        assert!(page.contains("The slot is free.") && page.contains(">Undo</button>"), "{page}");
        browser.submit(&path, "/_fn/allow_domain", &[("id", &id), ("domain", "a.com"), ("keep_limit", "on")]).await;
        assert_eq!(verify().await, r#"{"valid":true,"license":{"expires_at":"2099-12-31T23:59:59Z"}}"#);
        let freed = slot().await;
        browser.submit(&path, "/_fn/free_activation", &[("license", &id), ("activation", &freed)]).await;
        assert_eq!(verify().await, r#"{"valid":false,"error":"invalid_domain"}"#);
        browser.submit(&path, "/_fn/change_limit", &[("id", &id), ("domain_limit", "0"), ("machine_limit", "1")]).await;
        assert_eq!(app.json("/activate", &key, "a.com").await.status, 422);
        browser.submit(&path, "/_fn/revoke_license", &[("id", &id), ("reason", "")]).await;
        assert_eq!(verify().await, r#"{"valid":false,"error":"revoked"}"#);
    }

    async fn text_area_content_is_escaped(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let mut browser = Browser::of(&app, &ada).await;
        let attack = "</textarea><script>alert(1)</script>";
        let id = ada.product.id.to_string();
        let path = format!("/products/{id}/domains");
        browser.submit(&path, "/_fn/change_domains", &[("id", &id), ("development_hosts", attack)]).await;
        let page = browser.get(&path).await.text;
        assert!(page.contains("&lt;/textarea&gt;&lt;script&gt;"), "{page}");
        assert!(!page.contains("<script>alert"));
    }

    async fn page_title_is_escaped(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let mut browser = Browser::of(&app, &ada).await;
        let fields = [
            ("name", "</title><script>alert(1)</script>"), ("slug", "attack"), ("domain_limit", "1"), ("machine_limit", "1"),
            ("validity", ""), ("key_prefix", "LIC"), ("development_hosts", ""),
        ];
        let made = browser.submit("/products/new", "/_fn/create_product", &fields).await;
        let page = browser.get(made.header("location")).await.text;
        assert!(page.contains("<title>&lt;/title&gt;&lt;script&gt;"), "{page}");
        assert!(!page.contains("<script>alert"));
    }
}

#[tokio::test]
async fn form_that_lacks_a_field_is_refused_as_incomplete() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let mut browser = Browser::of(&app, &ada).await;
    let request = http::Request::post("/_fn/create_api_token")
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    let response = browser.send(request, "name=shop".into()).await;
    assert_eq!(response.status, 422, "{}", response.text);
    assert!(response.text.contains(r#""code":"invalid""#), "{}", response.text);
}
