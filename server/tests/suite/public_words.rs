//! Words that browsers, apps, scripts and operators rely on, written out, so that renaming an identifier
//! changes none of them.

use std::collections::BTreeSet;
use std::process::Command;

use axum::body::Body;
use http::Request;
use sea_orm::{Database, DatabaseConnection};
use serde_json::{Value, json};

use crate::process::{Server, binary, run, try_run};
use crate::test_app::TestApp;
use crate::web::Browser;
use test_support::smtp::SmtpServer;
use test_support::{TestDatabase, license, new_operator, seller, texts};

// Server functions, pages, cookies and sessions.

#[test]
#[allow(clippy::too_many_lines, reason = "a list of names")]
fn paths_of_server_functions() {
    let paths: BTreeSet<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, method)| format!("{method} {path}")).collect();
    let expected = [
        "POST /_fn/accept_invitation",
        "POST /_fn/accept_invitation_as_new_user",
        "POST /_fn/accept_invitation_by_sign_in",
        "POST /_fn/accounts",
        "POST /_fn/activate_offline",
        "POST /_fn/activate_own_offline",
        "POST /_fn/allow_domain",
        "POST /_fn/api_tokens",
        "POST /_fn/archive_product",
        "POST /_fn/audit_log",
        "POST /_fn/begin_second_factor",
        "POST /_fn/bulk_job",
        "POST /_fn/bulk_jobs",
        "POST /_fn/bulk_selection",
        "POST /_fn/change_customer_mail",
        "POST /_fn/change_customer_page",
        "POST /_fn/change_customers",
        "POST /_fn/change_domains",
        "POST /_fn/change_license_rules",
        "POST /_fn/change_license_template",
        "POST /_fn/change_licensing",
        "POST /_fn/change_limit",
        "POST /_fn/change_machines",
        "POST /_fn/change_meters",
        "POST /_fn/change_password",
        "POST /_fn/change_role",
        "POST /_fn/change_shop",
        "POST /_fn/change_trial_policy",
        "POST /_fn/change_webhook",
        "POST /_fn/check_license",
        "POST /_fn/choose_trial_policy",
        "POST /_fn/close_customer_page",
        "POST /_fn/confirm_import",
        "POST /_fn/confirm_second_factor",
        "POST /_fn/create_api_token",
        "POST /_fn/create_license_template",
        "POST /_fn/create_organization",
        "POST /_fn/create_product",
        "POST /_fn/create_seller",
        "POST /_fn/create_seller_as_user",
        "POST /_fn/create_seller_by_link",
        "POST /_fn/create_seller_by_sign_in",
        "POST /_fn/create_shop",
        "POST /_fn/create_tag",
        "POST /_fn/create_trial_policy",
        "POST /_fn/create_webhook",
        "POST /_fn/customer",
        "POST /_fn/customer_link",
        "POST /_fn/customer_mail",
        "POST /_fn/customer_page",
        "POST /_fn/customer_page_settings",
        "POST /_fn/customers",
        "POST /_fn/deactivate_offline",
        "POST /_fn/delete_license_template",
        "POST /_fn/delete_organization",
        "POST /_fn/delete_product",
        "POST /_fn/delete_shop",
        "POST /_fn/delete_tag",
        "POST /_fn/delete_trial_policy",
        "POST /_fn/delete_webhook",
        "POST /_fn/disable_second_factor",
        "POST /_fn/discard_import",
        "POST /_fn/end_other_sessions",
        "POST /_fn/end_session",
        "POST /_fn/erase_customer",
        "POST /_fn/failing_webhooks",
        "POST /_fn/filter_names",
        "POST /_fn/find_customers",
        "POST /_fn/free_activation",
        "POST /_fn/free_own_activation",
        "POST /_fn/health",
        "POST /_fn/integrate",
        "POST /_fn/invitation",
        "POST /_fn/invite_member",
        "POST /_fn/invite_seller",
        "POST /_fn/is_fresh",
        "POST /_fn/issue_license",
        "POST /_fn/issued_licenses",
        "POST /_fn/leave_account",
        "POST /_fn/license",
        "POST /_fn/license_import",
        "POST /_fn/license_imports",
        "POST /_fn/license_rules",
        "POST /_fn/license_template",
        "POST /_fn/license_templates",
        "POST /_fn/licenses",
        "POST /_fn/mail_template",
        "POST /_fn/mails",
        "POST /_fn/me",
        "POST /_fn/merge_customers",
        "POST /_fn/move_domain",
        "POST /_fn/move_own_domain",
        "POST /_fn/offline_response",
        "POST /_fn/open_customer_link",
        "POST /_fn/open_customer_page",
        "POST /_fn/organization",
        "POST /_fn/organization_names",
        "POST /_fn/organizations",
        "POST /_fn/overview",
        "POST /_fn/own_account",
        "POST /_fn/password_reset",
        "POST /_fn/preview_mail_template",
        "POST /_fn/product",
        "POST /_fn/product_options",
        "POST /_fn/products",
        "POST /_fn/reinstate_license",
        "POST /_fn/reinstate_seller",
        "POST /_fn/remove_import",
        "POST /_fn/remove_member",
        "POST /_fn/remove_shop_price",
        "POST /_fn/rename_user",
        "POST /_fn/renew_license",
        "POST /_fn/renew_recovery_codes",
        "POST /_fn/repeat_shop_event",
        "POST /_fn/replace_license_key",
        "POST /_fn/request_customer_link",
        "POST /_fn/request_password_reset",
        "POST /_fn/request_sign_up",
        "POST /_fn/require_second_factor",
        "POST /_fn/reset_mail_template",
        "POST /_fn/restore_product",
        "POST /_fn/resume_webhook",
        "POST /_fn/retire_former_keys",
        "POST /_fn/retire_key",
        "POST /_fn/retry_mail",
        "POST /_fn/retry_webhook_delivery",
        "POST /_fn/revoke_api_token",
        "POST /_fn/revoke_license",
        "POST /_fn/rotate_key",
        "POST /_fn/rotate_webhook_secret",
        "POST /_fn/save_mail_template",
        "POST /_fn/search",
        "POST /_fn/search_customers",
        "POST /_fn/search_hits",
        "POST /_fn/search_licenses",
        "POST /_fn/search_organizations",
        "POST /_fn/search_results",
        "POST /_fn/seller_invitations",
        "POST /_fn/sellers",
        "POST /_fn/send_license_key",
        "POST /_fn/send_template_sample",
        "POST /_fn/send_test_mail",
        "POST /_fn/set_language",
        "POST /_fn/set_license_groups",
        "POST /_fn/set_license_metadata",
        "POST /_fn/set_license_notes",
        "POST /_fn/set_metadata_readers",
        "POST /_fn/set_new_password",
        "POST /_fn/set_product_reminders",
        "POST /_fn/set_shop_price",
        "POST /_fn/set_shop_secret",
        "POST /_fn/set_theme",
        "POST /_fn/set_up",
        "POST /_fn/settings_in_force",
        "POST /_fn/shop",
        "POST /_fn/shop_event",
        "POST /_fn/shops",
        "POST /_fn/sign_in",
        "POST /_fn/sign_in_code",
        "POST /_fn/sign_out",
        "POST /_fn/sign_up_link",
        "POST /_fn/start_bulk_job",
        "POST /_fn/stop_bulk_job",
        "POST /_fn/stop_import",
        "POST /_fn/suspend_license",
        "POST /_fn/suspend_seller",
        "POST /_fn/suspension",
        "POST /_fn/switch_account",
        "POST /_fn/tag",
        "POST /_fn/tag_names",
        "POST /_fn/tags",
        "POST /_fn/team",
        "POST /_fn/test_webhook",
        "POST /_fn/transfer_license",
        "POST /_fn/transfer_ownership",
        "POST /_fn/trial_policies",
        "POST /_fn/trial_policy",
        "POST /_fn/undo_bulk_job",
        "POST /_fn/undo_revocation",
        "POST /_fn/update_customer",
        "POST /_fn/update_organization",
        "POST /_fn/update_tag",
        "POST /_fn/verify_audit_log",
        "POST /_fn/webhook",
        "POST /_fn/webhook_delivery",
        "POST /_fn/webhook_settings",
        "POST /_fn/webhooks",
        "POST /_fn/welcome",
        "POST /_fn/withdraw_invitation",
        "POST /_fn/withdraw_seller_invitation",
    ];
    assert_eq!(paths.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// Asserts that a page is there and has inputs of these names.
async fn assert_inputs(browser: &mut Browser<'_>, uri: &str, names: &[&str]) {
    let page = browser.get(uri).await;
    assert_eq!(page.status, 200, "{uri}");
    for name in names {
        assert!(page.text.contains(&format!("name=\"{name}\"")), "{uri} has no input {name}: {}", page.text);
    }
}

/// Issues a license to a customer and returns the customer's id.
async fn holder(service: &service::Service, seller: &test_support::Seller) -> domain::CustomerId {
    let email = domain::Email::parse("grace@navy.example").unwrap();
    let request = domain::license::NewLicense {
        customer_email: Some(email.clone()),
        ..domain::license::NewLicense::for_product(seller.product.id)
    };
    service::license::issue(service, &seller.actor, request).await.unwrap();
    let customer = domain::customer::CustomerRef::Email(email);
    service::customer::find(service, &seller.actor, &customer).await.unwrap()
}

#[allow(clippy::too_many_lines, reason = "a list")]
#[tokio::test]
async fn pages_and_their_inputs() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let names = ["code", "name", "email", "account", "password", "product"];
    assert_inputs(&mut Browser::new(&face), "/set-up", &names).await;
    let ada = seller(&face.service, "ada").await;
    assert_inputs(&mut Browser::new(&face), "/sign-in?next=%2F", &["next", "email", "password"]).await;
    let (id, key) = license(&face.service, &ada, 2).await;
    face.json("/activate", key.expose(), "a.com").await;
    let product = ada.product.id;
    let browser = &mut Browser::of(&face, &ada).await;
    assert_inputs(browser, "/", &["theme"]).await;
    assert_inputs(browser, &format!("/welcome?license={id}"), &[]).await;
    assert_inputs(browser, "/licenses", &["q", "product", "standing", "sort", "license", "all", "verb"])
        .await;
    for (verb, names) in [
        ("suspend", &["reason"][..]),
        ("extend", &["period"]),
        ("change_limits", &["domain_limit", "machine_limit"]),
        ("move", &["customer_name", "customer_email"]),
    ] {
        let page = format!("/licenses/bulk?verb={verb}&license={id}");
        assert_inputs(browser, &page, &[names, &["verb", "licenses", "form_token"]].concat()).await;
    }
    assert_inputs(browser, "/licenses/jobs", &[]).await;
    assert_inputs(browser, "/search?q=ada", &["q"]).await;
    let names = [
        "product",
        "customer_name",
        "customer_email",
        "domain_limit",
        "machine_limit",
        "expiry",
        "expires_at",
        "count",
        "form_token",
    ];
    assert_inputs(browser, &format!("/licenses/new?product={product}"), &names).await;
    let customer = holder(&face.service, &ada).await;
    assert_inputs(browser, "/customers", &["q"]).await;
    let names = [
        "id",
        "first_name",
        "last_name",
        "name_was",
        "email",
        "email_was",
        "company",
        "company_was",
        "organization",
        "organization_was",
        "tags",
        "tags_was",
        "metadata",
        "metadata_was",
        "shown",
        "other",
    ];
    assert_inputs(browser, &format!("/customers/{customer}"), &names).await;
    assert_inputs(browser, "/licenses/issued", &[]).await;
    let names = [
        "id",
        "reason",
        "domain_limit",
        "domain_limit_was",
        "machine_limit",
        "machine_limit_was",
        "expiry",
        "expires_at",
        "expires_at_was",
        "form_token",
        "license",
        "activation",
        "subject",
        "to",
        "customer_name",
        "customer_email",
        "notes",
        "notes_were",
        "metadata",
        "metadata_was",
    ];
    assert_inputs(browser, &format!("/licenses/{id}"), &names).await;
    assert_inputs(browser, &format!("/licenses/{id}/offline"), &["license", "file", "validity"]).await;
    assert_inputs(browser, "/products", &[]).await;
    assert_inputs(browser, "/products/new", &["name", "slug", "domain_limit", "machine_limit"]).await;
    assert_product_inputs(browser, product).await;
    assert_inputs(browser, &format!("/products/{product}/integrate"), &[]).await;
    let names = ["name", "role", "expires_at", "scopes[license:read]", "scopes[webhook:write]"];
    assert_inputs(browser, "/settings/tokens", &names).await;
    assert_inputs(browser, "/team", &["role", "name", "email"]).await;
    assert_inputs(browser, "/team/roles", &[]).await;
    assert_inputs(browser, "/account", &["name", "password", "new_password"]).await;
    assert_inputs(&mut Browser::new(&face), "/sign-in/code", &["code"]).await;
    let new =
        service::member::NewInvitation { role: domain::permission::Role::Viewer, name: None, email: None };
    let invited = service::member::invite(&face.service, &ada.actor, new).await.unwrap();
    let page = format!("/invitations/{}", invited.token);
    assert_inputs(&mut Browser::new(&face), &page, &["token", "name", "email", "password"]).await;
    assert_inputs(browser, &page, &["token"]).await;
    assert_inputs(browser, "/team", &["id"]).await;
    assert_inputs(browser, "/audit", &["actor", "event", "from", "to", "verify"]).await;
    assert_inputs(browser, "/settings/mail", &[]).await;
    let names = [
        "sender_name",
        "sender_name_was",
        "reply_to",
        "reply_to_was",
        "sends_reminders",
        "sends_reminders_was",
        "announces_activations",
        "announces_activations_was",
    ];
    assert_inputs(browser, "/settings/mail/customers", &names).await;
    for kind in ["license_key", "expiry_reminder", "activation_notice"] {
        let page = format!("/settings/mail/templates/{kind}");
        assert_inputs(browser, &page, &["kind", "version", "subject", "text", "html"]).await;
    }
    assert_inputs(browser, "/settings/customer-page", &["name", "logo", "color"]).await;
    assert_inputs(&mut Browser::new(&face), "/manage", &["license_key", "language"]).await;
    assert_inputs(&mut Browser::new(&face), "/manage/ada", &["license_key", "seller"]).await;
    assert_eq!(browser.get("/nothing").await.status, 404);
}

#[tokio::test]
async fn pages_of_the_operator_and_their_inputs() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let (olga, ada) = (new_operator(&face.service, "olga").await, seller(&face.service, "ada").await);
    let browser = &mut Browser::of(&face, &olga).await;
    let page = format!("/operator/sellers?q=ada&suspend={}", ada.account);
    assert_inputs(browser, &page, &["q", "id", "reason", "apps"]).await;
    assert_inputs(browser, "/operator/health", &[]).await;
    assert_inputs(browser, "/operator/settings", &[]).await;
}

#[tokio::test]
async fn inputs_of_pages_to_sign_up() {
    use server::config::{Config, Switch};
    let settings = |sign_up| Config { rate_limits: Switch::Off, sign_up, ..Config::default() };
    let face = TestApp::with(TestDatabase::sqlite(), settings(domain::sign_up::SignUpPolicy::Open)).await;
    let olga = new_operator(&face.service, "olga").await;
    let names = ["account", "name", "email", "password"];
    assert_inputs(&mut Browser::new(&face), "/sign-up", &names).await;
    let by = service::account::member(&face.service, olga.user, None).await.unwrap();
    let invited = service::operator::invite_seller(&face.service, &by, None).await.unwrap();
    let page = format!("/sign-up/{}", invited.token);
    let names = ["token", "account", "name", "email", "password"];
    assert_inputs(&mut Browser::new(&face), &page, &names).await;
    assert_inputs(&mut Browser::of(&face, &olga).await, "/operator/sellers", &["email", "id"]).await;
    SmtpServer::start().await.enable(&face.service);
    assert_inputs(&mut Browser::new(&face), "/sign-up", &["email"]).await;
}

#[tokio::test]
async fn inputs_of_pages_with_mail() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&face.service, "ada").await;
    let server = SmtpServer::start().await;
    server.enable(&face.service);
    assert_inputs(&mut Browser::new(&face), "/sign-in/reset", &["email"]).await;
    assert_inputs(&mut Browser::new(&face), "/manage/ada", &["seller", "email"]).await;
    service::account::request_password_reset(&face.service, &ada.email, None).unwrap();
    let start = "http://127.0.0.1:3000/reset/";
    while server.received().is_empty() {
        service::mail::send_due(&face.service).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let link = server.received()[0].link(start);
    let page = format!("/reset/{}", link.strip_prefix(start).unwrap());
    assert_inputs(&mut Browser::new(&face), &page, &["token", "username", "password"]).await;
    let browser = &mut Browser::of(&face, &ada).await;
    let new = format!("/licenses/new?product={}", ada.product.id);
    assert_inputs(browser, &new, &["send_keys"]).await;
    assert_inputs(browser, "/settings/mail", &[]).await;
}

/// Each field of a product's forms is sent with the value that the page showed.
async fn assert_product_inputs(browser: &mut Browser<'_>, product: domain::ProductId) {
    let licensing =
        ["name", "slug", "domain_limit", "machine_limit", "validity", "key_format", "key_prefix"].as_slice();
    let domains = ["slot_scope", "free_development_hosts", "development_hosts"].as_slice();
    let machines = [
        "allow_vm",
        "allow_container",
        "user_locked",
        "lease",
        "sync_interval",
        "sync_grace",
        "deactivation_limit",
        "trial_days",
        "trial_limit",
    ]
    .as_slice();
    for (tab, names) in [
        ("", licensing),
        ("/domains", domains),
        ("/machines", machines),
        ("/meters", ["meters"].as_slice()),
        ("/customers", ["customer_release", "customer_offline"].as_slice()),
    ] {
        let was: Vec<String> = names.iter().map(|name| format!("{name}_was")).collect();
        let names: Vec<&str> = names.iter().copied().chain(was.iter().map(String::as_str)).collect();
        assert_inputs(browser, &format!("/products/{product}{tab}"), &names).await;
    }
    assert_inputs(browser, &format!("/products/{product}"), &["id"]).await;
    assert_inputs(browser, &format!("/products/{product}/domains"), &["hoster_hosts"]).await;
    assert_inputs(browser, &format!("/products/{product}/machines"), &["trial_policy"]).await;
    let names = ["name", "trial_days", "trial_limit", "allow_vm", "allow_container"];
    assert_inputs(browser, "/trial-policies", &names).await;
    assert_inputs(browser, &format!("/products/{product}/keys"), &[]).await;
}

#[tokio::test]
async fn query_parameters_of_pages() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&face.service, "ada").await;
    let (id, key) = license(&face.service, &ada, 2).await;
    let browser = &mut Browser::of(&face, &ada).await;
    let link = format!("/licenses/{id}");
    for (query, is_listed) in [
        ("?q=nothing", false),
        ("?product=00000000-0000-0000-0000-000000000001", false),
        ("?standing=revoked", false),
        ("?standing=active", true),
        ("?sort=expiry", false),
        ("?sort=oldest", true),
        ("?condition=at_limit", false),
        ("?condition=unused", false),
        ("?customer=00000000-0000-0000-0000-000000000001", false),
        ("?page=f.0.00000000000000000000000000000001", false),
    ] {
        let page = browser.get(&format!("/licenses{query}")).await.text;
        assert_eq!(page.contains(&link), is_listed, "{query}");
    }
    let tail = key.last_four();
    for (query, is_unknown) in [(format!("?q={tail}"), false), (format!("?q={tail}&key=unknown"), true)] {
        let page = browser.get(&format!("/search{query}")).await.text;
        assert!(page.contains(&link), "{query}");
        assert_eq!(page.contains("No license has this key"), is_unknown, "{query}");
    }
    let page = browser.get(&format!("{link}?reveal=1")).await.text;
    assert!(page.contains(key.expose()), "{page}");
    let page = browser.get(&link).await.text;
    assert!(!page.contains(key.expose()), "{page}");
}

#[tokio::test]
async fn paths_beside_the_dashboard() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let docs = ["/docs", "/docs/domain-api", "/docs/machine-api", "/docs/keys", "/docs/conventions"];
    let others = ["/docs/tokens", "/docs/search?q=a", "/openapi.json", "/.well-known/jwks.json"];
    for path in docs.into_iter().chain(others) {
        assert_eq!(face.get(path).await.status, 200, "{path}");
    }
    assert_eq!(face.get("/healthz").await.status_and_body(), (200, r#"{"status":"ok"}"#));
    assert_eq!(face.get("/readyz").await.status_and_body(), (200, r#"{"status":"ready"}"#));
    for prefix in ["", "/api/license"] {
        for path in ["/verify", "/status"] {
            assert_eq!(face.get(&format!("{prefix}{path}")).await.status, 422, "{prefix}{path}");
        }
        for path in ["/activate", "/deactivate"] {
            let answer = face.post(&format!("{prefix}{path}"), "application/json", "{}").await;
            assert_eq!(answer.status, 422, "{prefix}{path}");
        }
    }
    assert!(!face.get("/healthz").await.header("x-request-id").is_empty());
    // The event stream of live pages.
    assert_eq!(face.get("/_live?topic=overview").await.status, 401);
}

#[tokio::test]
async fn cookies_and_what_a_session_holds() {
    let db = TestDatabase::sqlite();
    let url = db.url.clone();
    let face = TestApp::new(db).await;
    let ada = seller(&face.service, "ada").await;
    let mut browser = Browser::new(&face);
    browser.submit("/sign-in", "/_fn/sign_in", &[("email", "x"), ("password", "wrong password")]).await;
    assert!(browser.cookie("flash").is_some());

    let mut browser = Browser::of(&face, &ada).await;
    assert!(browser.cookie("countersign_session").is_some());
    browser.submit("/", "/_fn/set_theme", &[("theme", "dark")]).await;
    assert_eq!(browser.cookie("theme"), Some("dark"));
    assert!(browser.get("/").await.text.contains("data-theme=\"dark\""));
    let fields = [("name", "shop"), ("role", "support")];
    browser.submit("/settings/tokens", "/_fn/create_api_token", &fields).await;
    let is_token = |rest: &str| {
        rest.get(..32).is_some_and(|t| t.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)))
    };
    let is_shown = |page: String| page.split("cs_").skip(1).any(is_token);
    assert!(is_shown(browser.get("/settings/tokens").await.text));
    assert!(!is_shown(browser.get("/settings/tokens").await.text), "the token is shown once");

    let connection = Database::connect(&url).await.unwrap();
    let sessions = texts(&connection, "SELECT data AS text FROM sessions WHERE user_id IS NOT NULL").await;
    assert_eq!(sessions.len(), 1);
    let session: Value = serde_json::from_str(&sessions[0]).unwrap();
    assert_eq!(property_names(&session), "origin password times user");
    assert_eq!(property_names(&session["times"]), "opened seen");
    assert_eq!(session["user"], json!(ada.user));
}

#[test]
fn contents_of_the_flash_cookie() {
    let text = concat!(
        r#"{"path":"/_fn/sign_in","error":{"code":"invalid","message":"m","fields":{"email":"e"},"#,
        r#""reference":null},"values":{"email":"x"}}"#
    );
    let flash: app::Flash = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&flash).unwrap(), text);
}

#[tokio::test]
async fn error_codes_of_server_functions() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&face.service, "ada").await;
    let mut stranger = Browser::new(&face);
    let call = |path: &str| {
        Request::post(path)
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
    };
    let unknown = "00000000-0000-0000-0000-000000000001";
    let answer = stranger.send(call("/_fn/me"), Body::empty()).await;
    assert_eq!(error_code(&answer.text), "signed_out");
    let mut browser = Browser::of(&face, &ada).await;
    let answer = browser.send(call("/_fn/reinstate_license"), format!("id={unknown}").into()).await;
    assert_eq!(error_code(&answer.text), "not_found");
    let answer = browser.send(call("/_fn/create_api_token"), "name=&role=support".into()).await;
    assert_eq!(error_code(&answer.text), "invalid");
    let me = browser.send(call("/_fn/me"), Body::empty()).await;
    assert_eq!(me.text, r#"{"name":"ada","email":"ada@example.com","account":"ada","role":"owner"}"#);
}

fn error_code(text: &str) -> String {
    let error: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"));
    assert_eq!(property_names(&error), "code fields message reference");
    error["code"].as_str().expect("a code").to_owned()
}

// The API.

/// Adds the paths of all properties of a schema; `!` marks a required property.
fn add_properties(schemas: &Value, schema: &Value, path: &str, properties: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().expect("a name");
        add_properties(schemas, &schemas[name], path, properties);
    }
    for parts in [&schema["allOf"], &schema["oneOf"]] {
        for part in parts.as_array().into_iter().flatten() {
            add_properties(schemas, part, path, properties);
        }
    }
    let required = schema["required"].as_array();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let is_required =
            required.is_some_and(|names| names.iter().any(|required| required == name.as_str()));
        properties.insert(format!("{path}{name}{}", if is_required { "!" } else { "" }));
        add_properties(schemas, property, &format!("{path}{name}."), properties);
    }
    if schema["items"].is_object() {
        add_properties(schemas, &schema["items"], path, properties);
    }
    if schema["additionalProperties"].is_object() {
        add_properties(schemas, &schema["additionalProperties"], &format!("{path}*."), properties);
    }
}

/// One line per media type of a request or a response.
fn content_lines(schemas: &Value, label: &str, content: &Value, lines: &mut Vec<String>) {
    for (kind, media) in content.as_object().into_iter().flatten() {
        let mut properties = BTreeSet::new();
        add_properties(schemas, &media["schema"], "", &mut properties);
        let mut line = format!("{label} {kind}");
        for property in properties {
            line.push(' ');
            line.push_str(&property);
        }
        lines.push(line);
    }
}

/// Paths, methods, operation ids, parameters, statuses and property names, apart from the names of schemas.
#[test]
fn openapi_document() {
    let document: Value = serde_json::from_str(server::api::openapi::document()).unwrap();
    let schemas = &document["components"]["schemas"];
    let mut lines = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let label = format!("{method} {path}");
            let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| {
                let (place, name) = (parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
                format!(" {place}:{name}{}", if parameter["required"] == true { "!" } else { "" })
            });
            let parameters: BTreeSet<String> = parameters.collect();
            let parameters: String = parameters.into_iter().collect();
            lines.push(format!("{label} {}{parameters}", operation["operationId"].as_str().unwrap()));
            content_lines(
                schemas,
                &format!("{label} request"),
                &operation["requestBody"]["content"],
                &mut lines,
            );
            for (status, response) in operation["responses"].as_object().unwrap() {
                let label = format!("{label} {status}");
                if response["content"].as_object().is_none_or(serde_json::Map::is_empty) {
                    lines.push(label);
                } else {
                    content_lines(schemas, &label, &response["content"], &mut lines);
                }
            }
        }
    }
    lines.sort_unstable();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/openapi_words.txt");
    if std::env::var_os("COUNTERSIGN_TEST_WRITE_OPENAPI").is_some() {
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        lines,
        expected.lines().collect::<Vec<_>>(),
        "a word of the API has changed: run this test once with COUNTERSIGN_TEST_WRITE_OPENAPI=1 and look at the difference"
    );
}

// Commands and settings.

/// The names of an object's properties, in order.
fn property_names(document: &Value) -> String {
    let names: BTreeSet<&str> = document.as_object().expect("an object").keys().map(String::as_str).collect();
    names.into_iter().collect::<Vec<_>>().join(" ")
}

/// The flags, arguments and subcommands that the help of a command lists, in order.
fn help(db: &TestDatabase, command: &str) -> String {
    let output = binary(db).args(command.split_whitespace()).arg("-h").output().unwrap();
    assert!(output.status.success(), "{command}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (mut section, mut words) = ("", BTreeSet::new());
    for line in text.lines() {
        let mut tokens = line.split_whitespace().map(|token| token.trim_end_matches(','));
        match section {
            _ if !line.starts_with(' ') => section = line,
            "Options:" => words.extend(tokens.take_while(|token| token.starts_with('-'))),
            "Commands:" | "Arguments:" if !line.starts_with("   ") => words.extend(tokens.next()),
            _ => {}
        }
    }
    words.into_iter().collect::<Vec<_>>().join(" ")
}

#[test]
fn commands_and_their_flags() {
    let db = TestDatabase::sqlite();
    assert_eq!(
        help(&db, ""),
        "--config --database-url --help --json --version -V -h audit backup check config customer demo doctor healthcheck help license \
         master-key migrate product restore serve token user"
    );
    let everywhere = ["--config", "--database-url", "--help", "--json", "-h"];
    for (command, expected) in [
        ("serve", "--demo --listen --takeover"),
        ("migrate", ""),
        ("demo", "--keys --licenses"),
        ("check", ""),
        ("audit", "help verify"),
        ("audit verify", "--account"),
        ("master-key", "help rotate"),
        ("master-key rotate", "--output"),
        ("config", ""),
        ("healthcheck", ""),
        ("doctor", ""),
        ("user", "add help reset-password reset-second-factor"),
        ("user add", "--account --email --name --operator --password-stdin --role"),
        ("user reset-password", "--email --password-stdin"),
        ("user reset-second-factor", "--email"),
        ("product", "archive create delete help list restore show update"),
        ("product archive", "--account <SLUG>"),
        ("product restore", "--account <SLUG>"),
        ("product delete", "--account <SLUG>"),
        ("product create", "--account --domain-limit --machine-limit --name --slug"),
        ("product list", "--account"),
        ("product show", "--account <SLUG>"),
        (
            "product update",
            "--account --customer-offline --customer-release --development-hosts --domain-limit --machine-limit --name --new-slug --slot-scope --validity <SLUG>",
        ),
        ("license", "change-limits free help issue reinstate renew revoke show suspend transfer"),
        (
            "license issue",
            "--account --change-name --count --customer-email --customer-name --domain-limit --expires-at --keep-name \
             --machine-limit --product",
        ),
        ("license show", "<KEY>"),
        ("license suspend", "--reason <KEY>"),
        ("license reinstate", "<KEY>"),
        ("license revoke", "--reason <KEY>"),
        ("license renew", "--extend --never --until <KEY>"),
        ("license change-limits", "--domain-limit --machine-limit <KEY>"),
        ("license transfer", "--change-name --customer-email --customer-name --keep-name <KEY>"),
        ("customer", "erase export help list merge show update"),
        ("customer list", "--account --page --search"),
        ("customer show", "--account --before <CUSTOMER>"),
        ("customer update", "--account --email --name <CUSTOMER>"),
        ("customer merge", "--account --other <CUSTOMER>"),
        ("customer erase", "--account <CUSTOMER>"),
        ("customer export", "--account <CUSTOMER>"),
        ("backup", "--with-master-key <FILE>"),
        ("restore", "<FILE>"),
        ("token", "create help list revoke"),
        ("token create", "--account --name --role"),
        ("token list", "--account"),
        ("token revoke", "--account <ID>"),
    ] {
        let listed = help(&db, command);
        let (common, own): (Vec<&str>, Vec<&str>) =
            listed.split(' ').partition(|word| everywhere.contains(word));
        assert_eq!((common, own.join(" ").as_str()), (everywhere.to_vec(), expected), "{command}");
    }
    help(&db, "license reinstate --reason x");
}

#[test]
fn documents_of_commands() {
    let db = TestDatabase::sqlite();
    let server = Server::start(&db);
    assert_eq!(property_names(&server.startup), "address set_up");
    assert_eq!(property_names(&server.startup["set_up"]), "code url");
    drop(server);
    let add = ["user", "add", "--email", "a@x.de", "--name", "Ada", "--account", "Ada", "--password-stdin"];
    let (_, added) = try_run(&db, &add, "a good password\n");
    assert_eq!(property_names(&added), "account account_id email id role");
    let reset = ["user", "reset-password", "--email", "a@x.de", "--password-stdin"];
    let (_, done) = try_run(&db, &reset, "another password\n");
    assert_eq!(property_names(&done), "email reset");
    let (_, failed) = try_run(&db, &["product", "show", "nothing"], "");
    assert_eq!(property_names(&failed), "error");

    let product = "archived_at created_at customer_offline customer_release development_hosts domain_limit id key_prefix licenses machine_limit name number slot_scope \
                   slug validity validity_days";
    let create = ["product", "create", "--account", "ada", "--name", "Plugin", "--slug", "plugin"];
    assert_eq!(property_names(&run(&db, &create)), product);
    assert_eq!(property_names(&run(&db, &["product", "show", "plugin"])), product);
    assert_eq!(property_names(&run(&db, &["product", "list", "--account", "ada"])[0]), product);

    let issued = run(&db, &["license", "issue", "--product", "plugin"]);
    assert_eq!(property_names(&issued), "id key");
    let several = run(&db, &["license", "issue", "--product", "plugin", "--count", "2"]);
    assert_eq!(property_names(&several), "licenses");
    assert_eq!(property_names(&several["licenses"][0]), "id key");
    let shown = run(&db, &["license", "show", issued["key"].as_str().unwrap()]);
    assert_eq!(
        property_names(&shown),
        "activations created_at customer_email domain_limit domains_used expires_at id key machine_limit \
         machines_used product product_id reason standing standing_since verification_count"
    );

    assert_eq!(property_names(&run(&db, &["product", "archive", "plugin"])), product);
    assert_eq!(property_names(&run(&db, &["product", "restore", "plugin"])), product);
    let create = ["product", "create", "--account", "ada", "--name", "Unused", "--slug", "unused"];
    run(&db, &create);
    assert_eq!(property_names(&run(&db, &["product", "delete", "unused"])), "deleted id");
    for address in ["grace@x.de", "jean@x.de"] {
        run(&db, &["license", "issue", "--product", "plugin", "--customer-email", address]);
    }
    let listed = run(&db, &["customer", "list", "--account", "ada"]);
    assert_eq!(property_names(&listed), "customers next");
    assert_eq!(property_names(&listed["customers"][0]), "created_at email id licenses name");
    let shown = run(&db, &["customer", "show", "grace@x.de", "--account", "ada"]);
    let customer = "created_at email id license_count licenses more_licenses name";
    assert_eq!(property_names(&shown), customer);
    assert_eq!(
        property_names(&shown["licenses"][0]),
        "created_at domain_limit domains_used expires_at id last_four machine_limit machines_used product standing"
    );
    let update = ["customer", "update", "grace@x.de", "--account", "ada", "--name", "Grace"];
    assert_eq!(property_names(&run(&db, &update)), customer);
    let merge = ["customer", "merge", "grace@x.de", "--account", "ada", "--other", "jean@x.de"];
    assert_eq!(property_names(&run(&db, &merge)), "id licenses merged");
    let exported = run(&db, &["customer", "export", "grace@x.de", "--account", "ada"]);
    assert_eq!(property_names(&exported), "audit_entries customer licenses mails");
    let license = &exported["licenses"][0];
    assert_eq!(
        property_names(license),
        "activations audit_entries created_at domain_limit domains_used expires_at id key_last_four last_verified_at \
         machine_limit machines_used product_id state state_at state_reason verification_count"
    );
    assert_eq!(
        property_names(&license["audit_entries"][0]),
        "action actor_kind actor_name created_at detail ip"
    );
    let erased = run(&db, &["customer", "erase", "grace@x.de", "--account", "ada"]);
    assert_eq!(property_names(&erased), "erased id");

    let made = run(&db, &["token", "create", "--account", "ada", "--name", "shop"]);
    assert_eq!(property_names(&made), "id token");
    let listed = run(&db, &["token", "list", "--account", "ada"]);
    assert_eq!(
        property_names(&listed[0]),
        "created_at expires_at id last_four last_used_at name revoked_at role scopes"
    );
    let revoked = run(&db, &["token", "revoke", "--account", "ada", made["id"].as_str().unwrap()]);
    assert_eq!(property_names(&revoked), "id revoked");
    assert_eq!(run(&db, &["migrate"]), json!({ "migrated": true }));
    assert_eq!(run(&db, &["check"]), json!({ "agree": true }));
    let verified = run(&db, &["audit", "verify"]);
    assert_eq!(property_names(&verified), "accounts is_valid");
    assert_eq!(
        property_names(&verified["accounts"][0]),
        "account digest first_position position sealed_since unsealed verified"
    );
    let demo = run(&TestDatabase::sqlite(), &["demo", "--licenses", "40"]);
    assert_eq!(property_names(&demo), "domain email key licenses password");
}

/// The settings that a process without any other variable prints.
fn settings(variables: &[(&str, &str)]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .env_clear()
        .envs(variables.iter().copied())
        .args(["config", "--json"])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

#[test]
fn environment_variables_and_settings() {
    let printed = settings(&[
        ("COUNTERSIGN_LISTEN", "127.0.0.2:4000"),
        ("COUNTERSIGN_DATA_DIR", "/data"),
        ("COUNTERSIGN_DATABASE_URL", "sqlite:///data/x.db"),
        ("COUNTERSIGN_DATABASE_CONNECTIONS", "5"),
        ("COUNTERSIGN_MASTER_KEY", "x"),
        ("COUNTERSIGN_PUBLIC_URL", "https://licenses.example.com"),
        ("COUNTERSIGN_TLS_CERTIFICATE", "/tls/fullchain.pem"),
        ("COUNTERSIGN_TLS_KEY", "/tls/privkey.pem"),
        ("COUNTERSIGN_REDIRECT_LISTEN", "0.0.0.0:80"),
        ("COUNTERSIGN_TRUSTED_PROXIES", "10.0.0.0/8,::1"),
        ("COUNTERSIGN_RATE_LIMITS", "off"),
        ("COUNTERSIGN_RATE_LIMIT_SCOPE", "cluster"),
        ("COUNTERSIGN_RATE_LIMIT_ACTIVATE", "1"),
        ("COUNTERSIGN_RATE_LIMIT_VERIFY", "2"),
        ("COUNTERSIGN_RATE_LIMIT_DEACTIVATE", "3"),
        ("COUNTERSIGN_RATE_LIMIT_STATUS", "4"),
        ("COUNTERSIGN_MANAGEMENT_RATE_LIMIT", "200"),
        ("COUNTERSIGN_CACHE_BYTES", "1048576"),
        ("COUNTERSIGN_KEEP_EVENTS_DAYS", "6"),
        ("COUNTERSIGN_KEEP_AUDIT_DAYS", "7"),
        ("COUNTERSIGN_BACKUP_DIR", "/backups"),
        ("COUNTERSIGN_BACKUP_EVERY", "12h"),
        ("COUNTERSIGN_BACKUP_KEEP", "3"),
        ("COUNTERSIGN_SMTP_URL", "smtps://user:secret@mail.example.com"),
        ("COUNTERSIGN_MAIL_FROM", "Maple <licenses@example.com>"),
        ("COUNTERSIGN_LOCALES_DIR", "/locales"),
        ("COUNTERSIGN_WEBHOOK_ALLOW", "10.1.0.0/16, hooks.lan"),
        ("COUNTERSIGN_WEBHOOK_ALLOW_HTTP", "on"),
        ("COUNTERSIGN_SIGN_UP", "invitation"),
        ("COUNTERSIGN_METRICS_LISTEN", "127.0.0.1:13009"),
        ("COUNTERSIGN_METRICS_TOKEN", "0123456789-secret"),
        ("COUNTERSIGN_TRACES_ENDPOINT", "http://127.0.0.1:4318"),
        ("COUNTERSIGN_TRACES_HEADERS", "authorization=Bearer secret"),
        ("COUNTERSIGN_TRACES_ONE_IN", "8"),
        ("COUNTERSIGN_LOG_FORMAT", "json"),
        ("COUNTERSIGN_LOG", "warn"),
    ]);
    let expected = json!({
        "listen": "127.0.0.2:4000",
        "data_dir": "/data",
        "database_url": "sqlite:///data/x.db",
        "database_connections": 5,
        "master_key": "********",
        "public_url": "https://licenses.example.com",
        "tls_certificate": "/tls/fullchain.pem",
        "tls_key": "/tls/privkey.pem",
        "tls_acme_domains": [],
        "tls_acme_agree_to_terms": "off",
        "tls_acme_contact": null,
        "tls_acme_directory": "https://acme-v02.api.letsencrypt.org/directory",
        "tls_acme_root": null,
        "redirect_listen": "0.0.0.0:80",
        "trusted_proxies": ["10.0.0.0/8", "::1/128"],
        "rate_limits": "off",
        "rate_limit_scope": "cluster",
        "rate_limit": { "activate": 1, "verify": 2, "deactivate": 3, "status": 4 },
        "management_rate_limit": 200,
        "cache_bytes": 1_048_576,
        "keep_events_days": 6,
        "keep_audit_days": 7,
        "backup_dir": "/backups",
        "backup_every": "12h",
        "backup_keep": 3,
        "smtp_url": "smtps://********@mail.example.com",
        "mail_from": "Maple <licenses@example.com>",
        "locales_dir": "/locales",
        "webhook_allow": ["10.1.0.0/16", "hooks.lan"],
        "webhook_allow_http": "on",
        "sign_up": "invitation",
        "metrics_listen": "127.0.0.1:13009",
        "metrics_token": "********",
        "traces_endpoint": "http://127.0.0.1:4318",
        "traces_headers": "********",
        "traces_one_in": 8,
        "log_format": "json",
        "log": "warn",
    });
    assert_eq!(printed, expected);

    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(file.path(), "keep_audit_days = 9\nrate_limits = 'on'\nlog_format = 'text'").unwrap();
    let printed = settings(&[("COUNTERSIGN_CONFIG", file.path().to_str().unwrap())]);
    assert_eq!(printed["keep_audit_days"], 9);
    assert_eq!((printed["rate_limits"].as_str(), printed["log_format"].as_str()), (Some("on"), Some("text")));
    assert_eq!(printed["database_url"], "sqlite://./data/countersign.db");
}

#[test]
fn files_in_the_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .env_clear()
        .env("COUNTERSIGN_DATA_DIR", folder.path())
        .args(["migrate", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success());
    for name in ["countersign.db", "master.key"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
}

// The database.

/// A database with the schema and nothing else.
async fn fresh(db: &TestDatabase) -> DatabaseConnection {
    db.open().await.close().await;
    Database::connect(&db.url).await.unwrap()
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "a list of names")]
async fn tables_and_columns() {
    let db = TestDatabase::sqlite();
    let connection = fresh(&db).await;
    let sql = "SELECT m.name || ': ' || (SELECT group_concat(name, ' ') FROM \
               (SELECT name FROM pragma_table_info(m.name) ORDER BY cid)) AS text \
               FROM sqlite_master AS m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name";
    let expected = [
        "account_mail_settings: account_id sender_name reply_to sends_reminders announced_until",
        "accounts: id slug name created_at requires_second_factor suspended_at suspension_reason apps_stopped \
         page_name page_logo page_color",
        "acme_accounts: id directory contact credentials_sealed created_at",
        "acme_certificates: id directory names chain key_sealed issued_at expires_at next_order_at failures last_error \
         created_at",
        "acme_challenges: id token answer_sealed created_at",
        "activations: id account_id license_id kind subject takes_slot ip verification_count \
         last_verified_at created_at hostname os os_version vm_name container app_version release_version \
         user_hash metadata last_synced_at lease_expires_at offline_until meters slot response_ends_at",
        "api_tokens: id account_id name digest last_four role created_at revoked_at created_by scopes expires_at \
         last_used_at updated_at",
        "audit_amendments: account_id entry_id former_digest digest amended_at",
        "audit_chains: account_id first_position position digest last_entry_id pruned_before began_at row_digest",
        "audit_changes: account_id entry_id resource_id changes event",
        "audit_entries: id account_id license_id product_id actor_kind actor_id actor_name action detail ip \
         created_at customer_id",
        "audit_seals: account_id position former_digest last_entry_id entries sealed_at row_digest",
        "background_leases: job node_id expires_at",
        "bulk_job_items: job_id license_id account_id outcome former",
        "bulk_jobs: id account_id verb parameters selection undo_of state stop_requested position total done \
         skipped failure actor_kind actor_id actor_name token_digest created_at finished_at pruned_at",
        "customer_links: token_digest account_id customer_id email_digest expires_at",
        "customer_metadata: id account_id customer_id key key_lower value value_lower view_permissions created_at \
         updated_at",
        "customer_tags: customer_id tag_id position",
        "customer_terms: account_id term customer_id",
        "customers: id account_id email name created_at terms_version first_name last_name company organization_id \
         password_hash reset_digest reset_expires_at role portal_access updated_at last_login_at last_seen_at",
        "daily_counts: account_id day outcome count",
        "form_tokens: account_id token_digest created_at",
        "former_license_keys: key_digest account_id license_id last_four replaced_at valid_until",
        "idempotent_requests: id account_id key_digest request_digest created_at answer_sealed",
        "instance: id instance_id key_check created_at next_key_sealed token_key_sealed retired_product_number migrated_by",
        "invitations: id account_id token_digest role name email actor_kind actor_id actor_name created_at expires_at \
         accepted_at accepted_by withdrawn_at",
        "license_expiry_events: expires_at license_id event account_id",
        "license_import_chunks: id import_id account_id number sealed",
        "license_import_faults: import_id number account_id line column_name message is_notice",
        "license_imports: id account_id file_name plan state first_license_id position removed_up_to good_rows \
         faulty_rows summary imported skipped removed all_or_nothing stop_requested failure actor_kind actor_id \
         actor_name created_at finished_at pruned_at",
        "license_metadata: license_id key account_id value search_value id view_permissions created_at updated_at",
        "license_meters: id account_id license_id meter",
        "license_notes: license_id account_id text updated_at",
        "license_refusals: account_id license_id kind subject hostname reason count ip last_at",
        "license_reminders: expires_at license_id days_before account_id",
        "license_tags: license_id tag_id position",
        "license_templates: id account_id name domain_limit machine_limit validity key_prefix key_format allow_vm \
         allow_container user_locked deactivation_limit sync_interval sync_grace lease rules required_metadata \
         required_meters created_at updated_at",
        "licenses: id account_id product_id customer_id key_digest key_sealed last_four state state_at \
         state_reason domain_limit machine_limit domains_used machines_used expires_at verification_count \
         last_verified_at created_at updated_at first_activated_at deactivations meters lapsed_at marked_unused_at \
         released_use_at customer_released_at rules pending_interval template_id visible_metadata organization_id",
        "mail_templates: account_id kind subject body_text body_html draft_subject draft_text draft_html",
        "mails: id account_id kind recipient subject body_sealed state attempts next_attempt_at give_up_at expires_at \
         last_error object_id customer_id created_at state_at",
        "memberships: account_id user_id role created_at last_sign_in_at",
        "nodes: id version started_at last_seen_at",
        "organizations: id account_id name name_key email description domain allowed_users address_line1 address_line2 \
         city state country postal_code created_at updated_at",
        "outbox_events: seq id account_id license_id product_id kind payload created_at",
        "password_resets: token_digest user_id expires_at",
        "products: id account_id number name slug domain_limit machine_limit validity_days key_prefix \
         free_development_hosts development_hosts license_count created_at updated_at allow_vm \
         allow_container user_locked deactivation_limit sync_interval sync_grace lease trial_days trial_limit \
         trials_used key_format meters validity slot_recount_at slot_scope archived_at apps_stopped \
         customer_release_days sends_reminders template_id rules display_name description metadata \
         customer_offline_days trial_policy_id trial_length trial_admission",
        "purchase_references: connection_id reference account_id purchase_id paid_at pays_period paid_until \
         chargeback_reversed_at awaits_payment",
        "purchases: id account_id connection_id license_id price buyer is_subscription last_paid_at last_failed_at \
         suspended_at suspended_for created_at taken_over_until left_for period_paid_at period_paid_until \
         refunded_reference",
        "recovery_codes: user_id code_digest",
        "seaql_migrations: version applied_at",
        "sessions: id_digest user_id data expires_at account_id opened_at last_used_at address user_agent",
        "shop_connections: id account_id product_id provider name secret_sealed secret_last_four issues_unmapped \
         on_payment_failed on_refund on_cancellation grace_days sends_keys created_at updated_at accepts_test_events \
         former_secret_sealed former_secret_until",
        "shop_events: id account_id connection_id event_id name reference payload_sealed outcome detail license_id \
         occurred_at updated_at is_test",
        "shop_prices: id account_id connection_id price template_id validity machine_limit domain_limit created_at",
        "sign_up_links: id token_digest invited_by invited_by_name email created_at expires_at used_at withdrawn_at",
        "signing_keys: id account_id product_id kid algorithm public_key private_key_sealed created_at \
         retired_at rotated_at",
        "tags: id account_id name name_key description created_at updated_at",
        "trial_policies: id account_id name trial_length trial_limit admission created_at updated_at",
        "trials: id account_id product_id subject hostname os app_version ip metadata expires_at created_at network \
         updated_at os_version vm_name container release_version is_offline",
        "users: id email name password_hash is_operator created_at updated_at totp_secret_sealed totp_made_at totp_confirmed_at totp_last_step",
        "verification_tallies: license_id account_id subject day count",
        "webhook_attempts: id account_id webhook_id delivery_id event url attempt state status_code answer_sealed error \
         requested_at responded_at next_attempt_at is_manual created_at updated_at",
        "webhook_deliveries: id account_id webhook_id event body_sealed state attempts due_at leased_by log_id \
         is_manual created_at state_at trace_parent trace_state",
        "webhooks: id account_id name url secret_sealed secret_last_four previous_secret_sealed previous_secret_until \
         scheme is_enabled events events_since status consecutive_failures failing_since last_succeeded_at \
         created_at updated_at",
    ];
    assert_eq!(texts(&connection, sql).await, expected);
    let sql = "SELECT version AS text FROM seaql_migrations ORDER BY version";
    let expected = [
        "m20261122_000001_create_schema",
        "m20261122_000002_add_machines",
        "m20261122_000003_add_machine_rules",
        "m20261124_000004_slim_tables",
        "m20261125_000005_plan_for_growth",
        "m20261126_000006_search_domains",
        "m20261126_000007_mark_lapsed",
        "m20261126_000008_filter_lists",
        "m20261126_000009_drop_list_indexes",
        "m20261129_000010_add_periods",
        "m20261129_000011_share_slots",
        "m20261129_000012_rotate_master_key",
        "m20261129_000013_manage_customers",
        "m20261129_000014_add_bulk_jobs",
        "m20261129_000015_archive_products",
        "m20261129_000016_fold_search_terms",
        "m20261129_000017_explain_refusals",
        "m20261129_000018_add_license_imports",
        "m20261129_000019_mark_unused",
        "m20261129_000020_keep_former_keys",
        "m20261129_000021_add_invitations",
        "m20261129_000022_seal_audit_entries",
        "m20261129_000023_secure_sign_in",
        "m20261129_000024_suspend_sellers",
        "m20261129_000025_add_mail",
        "m20261130_000026_add_customer_page",
        "m20261130_000027_write_to_customers",
        "m20261130_000028_filter_by_customers",
        "m20261130_000040_activate_offline",
        "m20261201_000029_scope_tokens",
        "m20261201_000031_add_license_templates",
        "m20261201_000032_override_rules",
        "m20261201_000033_show_metadata",
        "m20261201_000034_list_licenses",
        "m20261201_000035_describe_customers",
        "m20261201_000036_add_tags",
        "m20261201_000037_log_changes",
        "m20261201_000038_add_webhooks",
        "m20261201_000039_mark_expiry_events",
        "m20261201_000041_list_activations",
        "m20261201_000042_connect_shops",
        "m20261201_000044_add_trial_policies",
        "m20261201_000045_add_sign_up_links",
        "m20261201_000046_mark_test_events",
        "m20261201_000047_upgrade_nodes",
        "m20261201_000048_trace_deliveries",
        "m20261201_000050_tell_changes",
        "m20261201_000051_leave_prices",
        "m20261201_000052_date_payments",
        "m20261201_000053_add_acme",
        "m20261201_000054_note_visits",
        "m20261201_000055_describe_trials",
        "m20261201_000056_bound_logs",
        "m20261201_000057_check_logs",
        "m20261201_000058_partition_logs",
    ];
    assert_eq!(texts(&connection, sql).await, expected);
}

#[allow(clippy::too_many_lines, reason = "a list of names")]
#[tokio::test]
async fn names_of_indexes() {
    let db = TestDatabase::sqlite();
    let connection = fresh(&db).await;
    let sql = "SELECT name AS text FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite_%' \
               ORDER BY name";
    let expected = [
        "ix_activations_domain",
        "ix_activations_fingerprint",
        "ix_activations_hostname",
        "ix_activations_lease",
        "ix_activations_license_kind_created",
        "ix_activations_license_lease",
        "ix_activations_machines",
        "ix_activations_slot",
        "ix_activations_subdomain",
        "ix_api_tokens_account",
        "ix_audit_changes_resource",
        "ix_audit_entries_activations",
        "ix_audit_entries_actor",
        "ix_audit_entries_by_customer",
        "ix_audit_entries_changes",
        "ix_audit_entries_customer",
        "ix_audit_entries_license",
        "ix_audit_entries_license_changes",
        "ix_audit_entries_product",
        "ix_audit_entries_server",
        "ix_bulk_job_items_skipped",
        "ix_bulk_jobs_account",
        "ix_bulk_jobs_running",
        "ix_bulk_jobs_unpruned",
        "ix_customer_links_expires",
        "ix_customer_metadata_value",
        "ix_customer_tags_tag",
        "ix_customer_terms_customer",
        "ix_customers_account",
        "ix_customers_created",
        "ix_customers_email",
        "ix_customers_name",
        "ix_customers_organization",
        "ix_customers_unfolded",
        "ix_customers_updated",
        "ix_form_tokens_created",
        "ix_former_license_keys_license",
        "ix_idempotent_requests_created",
        "ix_invitations_open",
        "ix_license_imports_account",
        "ix_license_imports_running",
        "ix_license_imports_unpruned",
        "ix_license_metadata_id",
        "ix_license_metadata_pair",
        "ix_license_metadata_value",
        "ix_license_meters_license",
        "ix_license_refusals_account",
        "ix_license_refusals_last",
        "ix_license_tags_tag",
        "ix_license_templates_account",
        "ix_licenses_account_last_four",
        "ix_licenses_account_product_state",
        "ix_licenses_account_product_state_expires",
        "ix_licenses_account_state",
        "ix_licenses_account_state_expires",
        "ix_licenses_at_limit",
        "ix_licenses_at_limit_product",
        "ix_licenses_created",
        "ix_licenses_customer",
        "ix_licenses_expires",
        "ix_licenses_in_force",
        "ix_licenses_in_force_product",
        "ix_licenses_lapsed",
        "ix_licenses_lapsing",
        "ix_licenses_organization",
        "ix_licenses_own_expiring_soon",
        "ix_licenses_product_created",
        "ix_licenses_template",
        "ix_licenses_unused",
        "ix_licenses_unused_product",
        "ix_licenses_updated",
        "ix_mails_account",
        "ix_mails_customer",
        "ix_mails_due",
        "ix_mails_object",
        "ix_memberships_account",
        "ix_organizations_created",
        "ix_organizations_name",
        "ix_organizations_updated",
        "ix_password_resets_expires",
        "ix_password_resets_user",
        "ix_products_account",
        "ix_products_template",
        "ix_products_trial_policy",
        "ix_purchase_references_purchase",
        "ix_purchases_buyer",
        "ix_purchases_connection",
        "ix_purchases_license",
        "ix_sessions_expires",
        "ix_sessions_user",
        "ix_shop_connections_account",
        "ix_shop_connections_product",
        "ix_shop_events_connection",
        "ix_shop_events_deferred",
        "ix_shop_events_license",
        "ix_shop_events_outcome",
        "ix_shop_events_reference",
        "ix_shop_events_unreferenced",
        "ix_shop_prices_template",
        "ix_sign_up_links_expires",
        "ix_sign_up_links_open",
        "ix_signing_keys_product",
        "ix_tags_created",
        "ix_tags_name",
        "ix_tags_updated",
        "ix_trial_policies_account",
        "ix_trials_account",
        "ix_trials_created",
        "ix_trials_network",
        "ix_trials_updated",
        "ix_webhook_attempts_account",
        "ix_webhook_attempts_delivery",
        "ix_webhook_attempts_webhook",
        "ix_webhook_deliveries_due",
        "ix_webhook_deliveries_state",
        "ix_webhook_deliveries_webhook",
        "ix_webhooks_account",
        "ix_webhooks_failing",
        "uq_signing_keys_active",
    ];
    assert_eq!(texts(&connection, sql).await, expected);
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "a list of names")]
async fn names_of_constraints() {
    let db = TestDatabase::sqlite();
    let connection = fresh(&db).await;
    let sql = "SELECT sql AS text FROM sqlite_master WHERE type = 'table' AND sql LIKE '%CONSTRAINT%'";
    let tables = texts(&connection, sql).await;
    let named = |sql: &String| -> Vec<String> {
        let names = sql.split("CONSTRAINT ").skip(1).filter_map(|rest| rest.split_whitespace().next());
        names.map(ToOwned::to_owned).collect()
    };
    let constraints: BTreeSet<String> = tables.iter().flat_map(named).collect();
    let expected = [
        "ck_activations_kind",
        "ck_api_tokens_role",
        "ck_bulk_jobs_state",
        "ck_instance_one_row",
        "ck_invitations_role",
        "ck_license_imports_state",
        "ck_license_refusals_kind",
        "ck_licenses_domains_used",
        "ck_licenses_machines_used",
        "ck_licenses_state",
        "ck_mails_state",
        "ck_memberships_role",
        "ck_webhook_attempts_state",
        "ck_webhook_deliveries_state",
        "ck_webhooks_status",
        "fk_account_mail_settings_account",
        "fk_activations_account",
        "fk_activations_license",
        "fk_api_tokens_account",
        "fk_api_tokens_created_by",
        "fk_audit_amendments_account",
        "fk_audit_chains_account",
        "fk_audit_changes_account",
        "fk_audit_entries_account",
        "fk_audit_seals_account",
        "fk_bulk_job_items_account",
        "fk_bulk_job_items_job",
        "fk_bulk_jobs_account",
        "fk_bulk_jobs_undo_of",
        "fk_customer_links_account",
        "fk_customer_metadata_account",
        "fk_customer_metadata_customer",
        "fk_customer_tags_customer",
        "fk_customer_tags_tag",
        "fk_customer_terms_account",
        "fk_customer_terms_customer",
        "fk_customers_account",
        "fk_customers_organization",
        "fk_daily_counts_account",
        "fk_form_tokens_account",
        "fk_former_license_keys_account",
        "fk_former_license_keys_license",
        "fk_idempotent_requests_account",
        "fk_invitations_accepted_by",
        "fk_invitations_account",
        "fk_license_import_chunks_account",
        "fk_license_import_chunks_import",
        "fk_license_import_faults_account",
        "fk_license_import_faults_import",
        "fk_license_imports_account",
        "fk_license_metadata_account",
        "fk_license_metadata_license",
        "fk_license_meters_account",
        "fk_license_meters_license",
        "fk_license_notes_account",
        "fk_license_notes_license",
        "fk_license_refusals_account",
        "fk_license_refusals_license",
        "fk_license_reminders_account",
        "fk_license_tags_license",
        "fk_license_tags_tag",
        "fk_license_templates_account",
        "fk_licenses_account",
        "fk_licenses_customer",
        "fk_licenses_organization",
        "fk_licenses_product",
        "fk_mail_templates_account",
        "fk_mails_account",
        "fk_memberships_account",
        "fk_memberships_user",
        "fk_organizations_account",
        "fk_outbox_events_account",
        "fk_password_resets_user",
        "fk_products_account",
        "fk_recovery_codes_user",
        "fk_sessions_account",
        "fk_sessions_user",
        "fk_shop_connections_account",
        "fk_shop_connections_product",
        "fk_shop_prices_connection",
        "fk_shop_prices_template",
        "fk_sign_up_links_invited_by",
        "fk_signing_keys_account",
        "fk_signing_keys_product",
        "fk_tags_account",
        "fk_trial_policies_account",
        "fk_trials_account",
        "fk_trials_product",
        "fk_verification_tallies_account",
        "fk_verification_tallies_license",
        "fk_webhooks_account",
        "pk_account_mail_settings",
        "pk_accounts",
        "pk_acme_accounts",
        "pk_acme_certificates",
        "pk_acme_challenges",
        "pk_activations",
        "pk_api_tokens",
        "pk_audit_amendments",
        "pk_audit_chains",
        "pk_audit_changes",
        "pk_audit_entries",
        "pk_audit_seals",
        "pk_background_leases",
        "pk_bulk_job_items",
        "pk_bulk_jobs",
        "pk_customer_links",
        "pk_customer_metadata",
        "pk_customer_tags",
        "pk_customer_terms",
        "pk_customers",
        "pk_daily_counts",
        "pk_form_tokens",
        "pk_former_license_keys",
        "pk_idempotent_requests",
        "pk_instance",
        "pk_invitations",
        "pk_license_expiry_events",
        "pk_license_import_chunks",
        "pk_license_import_faults",
        "pk_license_imports",
        "pk_license_metadata",
        "pk_license_meters",
        "pk_license_notes",
        "pk_license_refusals",
        "pk_license_reminders",
        "pk_license_tags",
        "pk_license_templates",
        "pk_licenses",
        "pk_mail_templates",
        "pk_mails",
        "pk_memberships",
        "pk_nodes",
        "pk_organizations",
        "pk_password_resets",
        "pk_products",
        "pk_purchase_references",
        "pk_purchases",
        "pk_recovery_codes",
        "pk_sessions",
        "pk_shop_connections",
        "pk_shop_events",
        "pk_shop_prices",
        "pk_sign_up_links",
        "pk_signing_keys",
        "pk_tags",
        "pk_trial_policies",
        "pk_trials",
        "pk_users",
        "pk_verification_tallies",
        "pk_webhook_attempts",
        "pk_webhook_deliveries",
        "pk_webhooks",
        "uq_accounts_slug",
        "uq_acme_accounts_directory",
        "uq_acme_certificates_names",
        "uq_acme_challenges_token",
        "uq_activations_license_subject",
        "uq_api_tokens_digest",
        "uq_bulk_jobs_undo_of",
        "uq_customer_metadata_key",
        "uq_customers_account_email",
        "uq_idempotent_requests_key_digest",
        "uq_invitations_token_digest",
        "uq_license_import_chunks_number",
        "uq_licenses_key_digest",
        "uq_organizations_account_name",
        "uq_products_account_slug",
        "uq_products_number",
        "uq_shop_events_event",
        "uq_shop_prices_price",
        "uq_sign_up_links_token_digest",
        "uq_signing_keys_kid",
        "uq_tags_account_name",
        "uq_trials_product_subject",
        "uq_users_email",
    ];
    assert_eq!(constraints.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}
