//! Pages of connections to shops, without JavaScript.

use domain::purchase::{ShopProvider, ShopSettings};
use test_support::shop::{SECRET, checkout, connect, send, settings, sign, stripe};
use test_support::{Seller, on_both_databases, seller};

use super::Browser;
use crate::test_app::TestApp;

/// Connects a shop, which ignores an event. Returns the paths of the connection and the event.
pub async fn connected_shop(app: &TestApp, seller: &Seller) -> (String, String) {
    let ignoring = ShopSettings { issues_unmapped: false, ..settings() };
    let shop = connect(&app.service, seller, ShopProvider::Stripe, ignoring).await.id;
    let now = app.service.now();
    let body =
        stripe("evt_1", "checkout.session.completed", now.seconds(), checkout("cs_1", "pi_1", "plink_1"));
    send(&app.service, shop, &sign(ShopProvider::Stripe, SECRET, &body, now)).await;
    let page = service::purchase::show_page(&app.service, &seller.actor, shop, None, None).await;
    let event = page.expect("a page").events[0].id;
    (format!("/settings/shops/{shop}"), format!("/settings/shops/events/{event}"))
}

on_both_databases! {
    async fn a_shop_is_connected_set_up_and_deleted(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let mut browser = Browser::of(&app, &ada).await;
        let product = ada.product.id.to_string();
        let mut fields = vec![("provider", "stripe"), ("product", ""), ("name", "Shop <b>")];
        browser.submit("/settings/shops", "/_fn/create_shop", &fields).await;
        let page = browser.get("/settings/shops").await.text;
        assert!(page.contains("Choose a product") && page.contains("Shop &lt;b&gt;"), "{page}");
        fields[1].1 = &product;
        let made = browser.submit("/settings/shops", "/_fn/create_shop", &fields).await;
        let path = made.header("location").to_owned();
        let id = path.rsplit('/').next().unwrap().to_owned();
        let page = browser.get(&path).await.text;
        assert!(page.contains(&format!("/hooks/stripe/{id}")) && page.contains("The secret is missing"), "{page}");
        assert!(page.contains("invoice.paid"), "the events to choose");

        let done = browser.submit(&path, "/_fn/set_shop_secret", &[("id", &id), ("secret", "")]).await;
        assert_eq!(done.status, 303);
        assert!(browser.get(&path).await.text.contains("Enter the signing secret"));
        browser.submit(&path, "/_fn/set_shop_secret", &[("id", &id), ("secret", SECRET)]).await;
        let page = browser.get(&path).await.text;
        assert!(page.contains("Connected") && !page.contains(SECRET), "{page}");

        let price = [
            ("id", id.as_str()), ("price", "plink_1"), ("template", ""), ("validity", "1 year"),
            ("machine_limit", "3"), ("domain_limit", ""),
        ];
        let prices = format!("{path}/prices");
        browser.submit(&prices, "/_fn/set_shop_price", &price).await;
        let page = browser.get(&prices).await.text;
        assert!(page.contains("plink_1") && page.contains("1 year"), "{page}");
        let change = [
            ("id", id.as_str()), ("name", "Renamed"), ("on_payment_failed", "suspend"), ("on_refund", "revoke"),
            ("on_cancellation", "nothing"), ("grace_days", "7"), ("accepts_test_events", "on"),
        ];
        browser.submit(&path, "/_fn/change_shop", &change).await;
        let page = browser.get(&path).await.text;
        assert!(page.contains("Renamed") && page.contains("revoked for good") && page.contains("are applied as others are"), "{page}");
        let deleted = browser.submit(&path, "/_fn/delete_shop", &[("id", &id)]).await;
        assert_eq!(deleted.header("location"), "/settings/shops");
        assert_eq!(browser.get(&path).await.status, 404);
    }

    async fn a_template_is_searched_before_the_form_of_a_price_is_filled(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (shop, _) = connected_shop(&app, &ada).await;
        let mut browser = Browser::of(&app, &ada).await;
        let page = browser.get(&format!("{shop}/prices")).await.text;
        assert!(!page.contains("Search before you fill"), "the menu has everything");
        let page = browser.get(&format!("{shop}/prices?template_name=nothing")).await.text;
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
        let order = [
            at("Find the license template"), at("Search before you fill"), at("name=\"template_name\""),
            at("Set a price"), at("/_fn/set_shop_price"),
        ];
        assert!(order.is_sorted(), "{order:?}: {page}");
    }

    async fn only_the_page_that_chooses_loads_the_menu(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (shop, _) = connected_shop(&app, &ada).await;
        let mut browser = Browser::of(&app, &ada).await;
        let fields = [("name", "Two weeks"), ("trial_days", "14"), ("trial_limit", "3")];
        let made = browser.submit("/trial-policies", "/_fn/create_trial_policy", &fields).await;
        assert!(made.header("location").starts_with("/trial-policies/"), "{}", made.header("location"));
        let fields = [
            ("name", "Floating"), ("key", "TPL"), ("machine_limit", "8"), ("domain_limit", "unlimited"),
            ("kind", "hosted-floating"), ("lease", "15 min"), ("interval", "1 year"), ("start", "activation"),
            ("required_metadata", ""), ("allow_vm", "no"),
        ];
        let made = browser.submit("/license-templates/new", "/_fn/create_license_template", &fields).await;
        assert!(made.header("location").starts_with("/license-templates/"), "{}", made.header("location"));
        let (shop, product) = (shop.rsplit('/').next().unwrap(), ada.product.id.to_string());
        for (function, id, flag, menu) in [
            ("shop", shop, "with_templates", "templates"),
            ("product", product.as_str(), "with_policies", "trial_policies"),
        ] {
            let empty = format!("\"{menu}\":{{\"options\":[],\"has_more\":false}}");
            for (form, is_empty) in [(format!("id={id}"), true), (format!("id={id}&{flag}=true"), false)] {
                let request = http::Request::post(format!("/_fn/{function}"))
                    .header("accept", "application/json")
                    .header("content-type", "application/x-www-form-urlencoded");
                let response = browser.send(request, form.into()).await;
                assert_eq!(response.status, 200, "{function}: {}", response.text);
                assert_eq!(response.text.contains(&empty), is_empty, "{function}: {}", response.text);
            }
        }
    }

    async fn an_event_is_shown_and_applied_again(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (shop, event) = connected_shop(&app, &ada).await;
        let mut browser = Browser::of(&app, &ada).await;
        let page = browser.get(&shop).await.text;
        assert!(page.contains("checkout.session.completed") && page.contains("Ignored"), "{page}");
        let page = browser.get(&event).await.text;
        assert!(page.contains("grace@navy.example") && page.contains("No price of it has terms here"), "{page}");
        let id = shop.rsplit('/').next().unwrap();
        browser.submit(&shop, "/_fn/set_shop_price", &[("id", id), ("price", "plink_1")]).await;
        let again = [("id", event.rsplit('/').next().unwrap())];
        assert_eq!(browser.submit(&event, "/_fn/repeat_shop_event", &again).await.status, 303);
        let page = browser.get(&event).await.text;
        assert!(page.contains("License issued") && page.contains("/licenses/"), "{page}");
        assert!(!page.contains("Apply again"));
    }

    async fn a_test_event_is_marked_and_says_why_it_is_ignored(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let shop = connect(&app.service, &ada, ShopProvider::Stripe, settings()).await.id;
        let now = app.service.now();
        let object = checkout("cs_1", "pi_1", "plink_1");
        let mut body = stripe("evt_1", "checkout.session.completed", now.seconds(), object);
        body["livemode"] = serde_json::json!(false);
        send(&app.service, shop, &sign(ShopProvider::Stripe, SECRET, &body, now)).await;
        let mut browser = Browser::of(&app, &ada).await;
        let page = browser.get(&format!("/settings/shops/{shop}")).await.text;
        assert!(page.contains("Test<") && page.contains("A test event."), "{page}");
        assert!(page.contains("Accept test events"), "the setting");
        let of_paddle = connect(&app.service, &ada, ShopProvider::Paddle, settings()).await.id;
        let page = browser.get(&format!("/settings/shops/{of_paddle}")).await.text;
        assert!(!page.contains("Accept test events"), "a sandbox is a connection of its own");
    }

    async fn shops_of_another_seller_look_missing(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let (shop, event) = connected_shop(&app, &ada).await;
        let mut browser = Browser::of(&app, &eve).await;
        for path in [&shop, &event, &format!("{shop}/prices")] {
            let page = browser.get(path).await;
            assert_eq!(page.status, 404, "{path}");
            assert!(!page.text.contains("plink_1"), "{path}");
        }
        let (id, event) = (shop.rsplit('/').next().unwrap(), event.rsplit('/').next().unwrap());
        let settings = vec![
            ("id", id), ("name", "x"), ("on_payment_failed", "nothing"), ("on_refund", "nothing"),
            ("on_cancellation", "nothing"), ("grace_days", "1"),
        ];
        for (function, fields) in [
            ("shop", vec![("id", id)]),
            ("shop_event", vec![("id", event)]),
            ("change_shop", settings),
            ("set_shop_secret", vec![("id", id), ("secret", "stolen")]),
            ("set_shop_price", vec![("id", id), ("price", "price_1")]),
            ("remove_shop_price", vec![("id", id), ("price_id", event)]),
            ("repeat_shop_event", vec![("id", event)]),
            ("delete_shop", vec![("id", id)]),
        ] {
            let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let request = http::Request::post(format!("/_fn/{function}"))
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded");
            let response = browser.send(request, form.into()).await;
            assert_eq!(response.status, 404, "{function}: {}", response.text);
        }
    }
}
