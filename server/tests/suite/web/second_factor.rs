//! The second step of a sign-in, its set-up, and members who must set it up.

use domain::permission::Role;
use totp_rs::{Builder, Secret};

use super::Browser;
use crate::test_app::{TestApp, TestResponse};
use test_support::{PASSWORD, Seller, on_both_databases, person, seller};

/// Returns the text between two marks of a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before}: {page}")).1;
    rest.split_once(after).expect("an end").0
}

/// The code that an app with the secret of this page shows.
fn code(app: &TestApp, page: &str) -> String {
    let secret = between(page, "<code class=\"key\">", "</code>").replace(' ', "");
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(&secret).expect("base32"))
        .build()
        .expect("a secret");
    totp.generate(u64::try_from(app.service.now().seconds()).expect("after 1970")).to_string()
}

/// Switches the second factor on by the page. Returns the page with the recovery codes.
async fn switch_on(app: &TestApp, browser: &mut Browser<'_>) -> String {
    browser.submit("/account", "/_fn/begin_second_factor", &[("password", PASSWORD)]).await;
    let page = browser.get("/account").await;
    assert!(page.header("cache-control").contains("no-transform"), "the page holds a secret");
    let fields = [("code", code(app, &page.text))];
    let on = browser.submit("/account", "/_fn/confirm_second_factor", &[("code", &fields[0].1)]).await;
    assert_eq!(on.header("location"), "/account");
    let page = browser.get("/account").await.text;
    assert!(!browser.get("/account").await.text.contains(recovery_code(&page)), "the codes are shown once");
    page
}

/// The first recovery code of a page.
fn recovery_code(page: &str) -> &str {
    between(page, "<li><code class=\"key\">", "</code>")
}

async fn type_password(browser: &mut Browser<'_>, email: &str) -> TestResponse {
    let fields = [("email", email), ("password", PASSWORD), ("next", "/products")];
    browser.submit("/sign-in", "/_fn/sign_in", &fields).await
}

on_both_databases! {
    async fn a_sign_in_asks_for_a_code_and_goes_on_to_its_page(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let mut owner = Browser::of(&app, &ada).await;
        let page = switch_on(&app, &mut owner).await;

        let mut browser = Browser::new(&app);
        assert_eq!(type_password(&mut browser, &ada.email).await.header("location"), "/sign-in/code");
        assert!(browser.get("/products").await.header("location").starts_with("/sign-in"), "not signed in yet");
        assert_eq!(browser.get("/sign-in/code").await.status, 200);
        let wrong = browser.submit("/sign-in/code", "/_fn/sign_in_code", &[("code", "000000")]).await;
        assert_eq!(wrong.header("location"), "/sign-in/code");
        let refused = browser.get("/sign-in/code").await.text;
        assert!(refused.contains("This code is wrong, expired or used.") && !refused.contains("000000"));
        let code = recovery_code(&page);
        let done = browser.submit("/sign-in/code", "/_fn/sign_in_code", &[("code", code)]).await;
        assert_eq!(done.header("location"), "/products");
        assert!(browser.get("/products").await.text.contains("ada plugin"));
        assert_eq!(browser.get("/sign-in/code").await.header("location"), "/");

        let mut other = Browser::new(&app);
        let without = other.submit("/sign-in/code", "/_fn/sign_in_code", &[("code", "123456")]).await;
        assert_eq!(without.header("location"), "/sign-in/code");
        assert!(other.get("/sign-in/code").await.text.contains("Please sign in again."));
    }

    async fn an_invitation_is_accepted_after_the_code(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let mut of_eve = Browser::of(&app, &eve).await;
        let page = switch_on(&app, &mut of_eve).await;
        let invitation = service::member::NewInvitation { role: Role::Viewer, name: None, email: None };
        let token = service::member::invite(&app.service, &ada.actor, invitation).await.unwrap().token;
        let path = format!("/invitations/{token}");
        let mut browser = Browser::new(&app);
        let fields = [("token", token.as_str()), ("email", &eve.email), ("password", PASSWORD)];
        let asked = browser.submit(&path, "/_fn/accept_invitation_by_sign_in", &fields).await;
        assert_eq!(asked.header("location"), "/sign-in/code");
        let done = browser.submit("/sign-in/code", "/_fn/sign_in_code", &[("code", recovery_code(&page))]).await;
        assert_eq!(done.header("location"), "/");
        assert!(browser.get("/products").await.text.contains("ada plugin"));
    }

    async fn a_sign_in_link_that_names_an_invitation_joins_no_account(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (mallory, eve) = (seller(&app.service, "mallory").await, seller(&app.service, "eve").await);
        let mut of_eve = Browser::of(&app, &eve).await;
        let page = switch_on(&app, &mut of_eve).await;
        let invitation = service::member::NewInvitation { role: Role::Viewer, name: None, email: None };
        let token = service::member::invite(&app.service, &mallory.actor, invitation).await.unwrap().token;
        let path = format!("/invitations/{token}");
        let mut browser = Browser::new(&app);
        let fields = [("email", eve.email.as_str()), ("password", PASSWORD), ("next", &path)];
        browser.submit("/sign-in", "/_fn/sign_in", &fields).await;
        let done = browser.submit("/sign-in/code", "/_fn/sign_in_code", &[("code", recovery_code(&page))]).await;
        assert_eq!(done.header("location"), path, "the page asks first");
        assert!(browser.get("/products").await.text.contains("eve plugin"));
    }

    async fn a_member_without_the_required_factor_sees_only_its_set_up(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let mut owner = Browser::of(&app, &ada).await;
        let refused = owner.submit("/team", "/_fn/require_second_factor", &[("required", "on")]).await;
        assert_eq!(refused.header("location"), "/team");
        assert!(owner.get("/team").await.text.contains("Set two-factor sign-in up for yourself first"));
        switch_on(&app, &mut owner).await;
        let (_, user, email) = person(&app.service, "grace", "ada", Role::Admin).await;
        let mut grace = Browser::of(&app, &Seller { user, email, ..ada.clone() }).await;
        assert!(grace.get("/products").await.text.contains("ada plugin"));
        owner.submit("/team", "/_fn/require_second_factor", &[("required", "on")]).await;

        for page in ["/", "/products", "/team", "/sign-in"] {
            assert_eq!(grace.get(page).await.header("location"), "/account", "{page}");
        }
        for file in ["/licenses/export.csv", "/licenses/issued/licenses.csv"] {
            assert!(!grace.get(file).await.text.contains("LIC-"), "{file}");
        }
        let made = grace.submit("/account", "/_fn/create_api_token", &[("name", "shop"), ("role", "viewer")]).await;
        assert_ne!(made.header("location"), "/settings/tokens");
        assert_eq!(service::api_token::list(&app.service, &ada.actor).await.unwrap(), []);
        assert!(grace.get("/account").await.text.contains("Set two-factor sign-in up to go on."));
        switch_on(&app, &mut grace).await;
        assert!(grace.get("/products").await.text.contains("ada plugin"));
    }

    async fn a_new_password_keeps_this_browser_signed_in_and_no_other(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (mut here, mut there) = (Browser::of(&app, &ada).await, Browser::of(&app, &ada).await);
        let listed = here.get("/account").await.text;
        assert_eq!(listed.matches("/_fn/end_session").count(), 1, "the other browser");
        let mut fields = [("password", "wrong password"), ("new_password", "another good password")];
        here.submit("/account", "/_fn/change_password", &fields).await;
        let page = here.get("/account").await.text;
        assert!(page.contains("This is not your present password.") && !page.contains("another good password"));
        fields[0].1 = PASSWORD;
        here.submit("/account", "/_fn/change_password", &fields).await;
        assert_eq!(here.get("/products").await.status, 200);
        assert!(there.get("/products").await.header("location").starts_with("/sign-in"));
    }
}
