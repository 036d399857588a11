//! Sign-up of new sellers on the pages, without JavaScript.

use domain::sign_up::SignUpPolicy;
use http::StatusCode;
use server::config::{Config, Switch};

use super::Browser;
use super::mail::{path, receive};
use crate::test_app::TestApp;
use test_support::smtp::SmtpServer;
use test_support::{PASSWORD, Seller, TestDatabase, new_operator, on_both_databases, seller};

/// Opens a server with a policy and an operator.
async fn open(db: TestDatabase, sign_up: SignUpPolicy) -> (TestApp, Seller) {
    let app = TestApp::with(db, Config { rate_limits: Switch::Off, sign_up, ..Config::default() }).await;
    let olga = new_operator(&app.service, "olga").await;
    (app, olga)
}

/// Invites a seller by the operator's page. Returns the path of the link.
async fn invite(operator: &mut Browser<'_>, email: &str) -> String {
    let made = operator.submit("/operator/sellers", "/_fn/invite_seller", &[("email", email)]).await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, "/operator/sellers"));
    let page = operator.get("/operator/sellers").await;
    assert!(page.header("cache-control").contains("no-transform"), "the page holds a secret");
    let token = page.text.split("/sign-up/").nth(1).and_then(|rest| rest.get(..32));
    let path = format!("/sign-up/{}", token.unwrap_or_else(|| panic!("no link: {}", page.text)));
    assert!(!operator.get("/operator/sellers").await.text.contains(&path), "the link is shown once");
    path
}

fn token_of(path: &str) -> &str {
    path.strip_prefix("/sign-up/").unwrap()
}

on_both_databases! {
    async fn a_closed_server_says_how_to_get_an_account(db: TestDatabase) {
        let (app, olga) = open(db, SignUpPolicy::Closed).await;
        let mut stranger = Browser::new(&app);
        assert!(!stranger.get("/sign-in").await.text.contains("href=\"/sign-up\""));
        let page = stranger.get("/sign-up").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("takes no new sellers") && !page.text.contains("/_fn/create_seller"), "{}", page.text);
        let fields = [("account", "Maple"), ("name", "Noor"), ("email", "noor@example.com"), ("password", PASSWORD)];
        stranger.submit("/sign-up", "/_fn/create_seller", &fields).await;
        assert_eq!(stranger.get("/").await.header("location"), "/sign-in", "no session was opened");
        let mut operator = Browser::of(&app, &olga).await;
        let sellers = operator.get("/operator/sellers").await.text;
        assert!(sellers.contains("Nobody can sign up.") && !sellers.contains("/_fn/invite_seller"), "{sellers}");
        assert!(!sellers.contains(">Maple</span>"));
        assert_eq!(operator.get("/sign-up").await.header("location"), "/", "a user has an account");
    }

    async fn an_open_server_without_mail_signs_a_seller_up_at_once(db: TestDatabase) {
        let (app, _) = open(db, SignUpPolicy::Open).await;
        let mut noor = Browser::new(&app);
        assert!(noor.get("/sign-in").await.text.contains("href=\"/sign-up\""));
        let mut fields = vec![("account", "Maple"), ("name", "Noor <b>"), ("email", "noor@example.com"), ("password", "short")];
        let refused = noor.submit("/sign-up", "/_fn/create_seller", &fields).await;
        assert_eq!(refused.header("location"), "/sign-up");
        let page = noor.get("/sign-up").await.text;
        assert!(page.contains("The password must have at least 10 characters.") && page.contains("Noor &lt;b&gt;"), "{page}");
        fields[3].1 = PASSWORD;
        let done = noor.submit("/sign-up", "/_fn/create_seller", &fields).await;
        assert_eq!((done.status.as_u16(), done.header("location")), (303, "/"));
        let team = noor.get("/team").await.text;
        assert!(team.contains("noor@example.com") && team.contains("/_fn/invite_member"), "the owner: {team}");
        assert!(!noor.get("/").await.text.contains("/operator/"));
        assert_eq!(noor.get("/operator/sellers").await.status, StatusCode::NOT_FOUND);
    }

    async fn an_open_server_with_mail_proves_the_address(db: TestDatabase) {
        let (app, _) = open(db, SignUpPolicy::Open).await;
        let server = SmtpServer::start().await;
        server.enable(&app.service);
        let mut noor = Browser::new(&app);
        let mut pages = Vec::new();
        for email in ["olga@example.com", "noor@example.com"] {
            let sent = noor.submit("/sign-up", "/_fn/request_sign_up", &[("email", email)]).await;
            assert_eq!(sent.header("location"), "/sign-up");
            let page = noor.get("/sign-up").await;
            assert!(page.text.contains("Look into your mailbox."), "{}", page.text);
            pages.push(page.text.replace(&page.nonce(), "NONCE"));
        }
        assert_eq!(pages[0], pages[1], "the page does not tell whether the address is known");
        receive(&app.service, &server, "You have an account already").await;
        let link = path(&receive(&app.service, &server, "Create your account").await, "/sign-up/");
        let page = noor.get(&link).await;
        assert_eq!(page.status, 200);
        assert!(page.header("cache-control").contains("no-transform"), "the page holds the token");
        assert!(page.text.contains("noor@example.com") && !page.text.contains("name=\"email\""), "{}", page.text);
        let fields = [("token", token_of(&link)), ("account", "Maple"), ("name", "Noor"), ("password", PASSWORD)];
        let done = noor.submit(&link, "/_fn/create_seller_by_link", &fields).await;
        assert_eq!(done.header("location"), "/");
        assert!(noor.get("/team").await.text.contains("noor@example.com"));
        assert!(Browser::new(&app).get(&link).await.text.contains("This link was used already."));
    }

    async fn a_user_makes_another_account_by_a_link_and_switches(db: TestDatabase) {
        let (app, olga) = open(db, SignUpPolicy::Invitation).await;
        let eve = seller(&app.service, "eve").await;
        let mut operator = Browser::of(&app, &olga).await;
        let mut browser = Browser::of(&app, &eve).await;
        assert_eq!(browser.get("/sign-up").await.header("location"), "/", "without a link");
        let link = invite(&mut operator, &eve.email).await;
        let page = browser.get(&link).await.text;
        assert!(page.contains("You are signed in as") && !page.contains("name=\"password\""), "{page}");
        let mut fields = vec![("token", token_of(&link)), ("account", "")];
        browser.submit(&link, "/_fn/create_seller_as_user", &fields).await;
        assert!(browser.get(&link).await.text.contains("aria-invalid"), "the name is missing");
        fields[1].1 = "Maple";
        let done = browser.submit(&link, "/_fn/create_seller_as_user", &fields).await;
        assert_eq!(done.header("location"), "/");
        let page = browser.get("/team").await.text;
        assert!(page.contains("/_fn/switch_account") && page.contains("Maple"), "{page}");
        assert!(!browser.get("/products").await.text.contains("eve plugin"), "the new account is chosen");

        let second = invite(&mut operator, "").await;
        let mut stranger = Browser::new(&app);
        assert!(stranger.get(&second).await.text.contains("You have a sign-in"));
        let mut fields =
            vec![("token", token_of(&second)), ("account", "Oak"), ("email", eve.email.as_str()), ("password", "wrong")];
        stranger.submit(&second, "/_fn/create_seller_by_sign_in", &fields).await;
        assert_eq!(stranger.get("/").await.header("location"), "/sign-in", "no session was opened");
        fields[3].1 = PASSWORD;
        let done = stranger.submit(&second, "/_fn/create_seller_by_sign_in", &fields).await;
        assert_eq!(done.header("location"), "/");
        assert!(stranger.get("/team").await.text.contains("Oak"));
        assert!(Browser::new(&app).get(&second).await.text.contains("This link was used already."));
    }

    async fn users_who_must_set_up_a_second_factor_make_no_account(db: TestDatabase) {
        let url = db.url.clone();
        let (app, olga) = open(db, SignUpPolicy::Invitation).await;
        let eve = seller(&app.service, "eve").await;
        let (mut operator, mut browser) = (Browser::of(&app, &olga).await, Browser::of(&app, &eve).await);
        let link = invite(&mut operator, "").await;
        let raw = sea_orm::Database::connect(&url).await.unwrap();
        let sql = "UPDATE accounts SET requires_second_factor = TRUE WHERE slug = 'eve'";
        sea_orm::ConnectionTrait::execute_unprepared(&raw, sql).await.unwrap();
        let fields = [("token", token_of(&link)), ("account", "Maple")];
        browser.submit(&link, "/_fn/create_seller_as_user", &fields).await;
        let mut stranger = Browser::new(&app);
        let fields = [
            ("token", token_of(&link)), ("account", "Maple"), ("email", eve.email.as_str()), ("password", PASSWORD),
        ];
        stranger.submit(&link, "/_fn/create_seller_by_sign_in", &fields).await;
        let page = stranger.get(&link).await.text;
        assert!(page.contains("requires two-factor sign-in") && !page.contains("This link was used already."), "{page}");
        assert!(!operator.get("/operator/sellers").await.text.contains(">Maple</span>"));
    }

    async fn a_user_makes_another_account_on_an_open_server(db: TestDatabase) {
        let (app, _) = open(db, SignUpPolicy::Open).await;
        let eve = seller(&app.service, "eve").await;
        let mut browser = Browser::of(&app, &eve).await;
        assert!(browser.get("/account").await.text.contains("Create another account"));
        let page = browser.get("/sign-up").await.text;
        assert!(page.contains("You are signed in as") && page.contains("/_fn/create_seller_as_user"), "{page}");
        let done = browser.submit("/sign-up", "/_fn/create_seller_as_user", &[("account", "Maple"), ("token", "")]).await;
        assert_eq!(done.header("location"), "/");
        assert!(browser.get("/team").await.text.contains("/_fn/switch_account"));
    }

    async fn an_invited_seller_signs_up_by_a_link(db: TestDatabase) {
        let (app, olga) = open(db, SignUpPolicy::Invitation).await;
        let mut stranger = Browser::new(&app);
        assert!(stranger.get("/sign-up").await.text.contains("by invitation"));
        assert!(!stranger.get("/sign-in").await.text.contains("href=\"/sign-up\""));
        let mut operator = Browser::of(&app, &olga).await;
        let link = invite(&mut operator, "noor@example.com").await;
        let page = stranger.get(&link).await.text;
        assert!(page.contains("olga") && page.contains("value=\"noor@example.com\""), "{page}");
        let fields = [
            ("token", token_of(&link)), ("account", "Maple"), ("name", "Noor"), ("email", "other@example.com"), ("password", PASSWORD),
        ];
        let done = stranger.submit(&link, "/_fn/create_seller_by_link", &fields).await;
        assert_eq!(done.header("location"), "/");
        assert!(stranger.get("/team").await.text.contains("other@example.com"));
        let sellers = operator.get("/operator/sellers").await.text;
        assert!(sellers.contains(">Maple</span>") && !sellers.contains("/_fn/withdraw_seller_invitation"), "{sellers}");

        let second = invite(&mut operator, "").await;
        let sellers = operator.get("/operator/sellers").await.text;
        let id = sellers.split("/_fn/withdraw_seller_invitation").nth(1).and_then(|rest| rest.split("value=\"").nth(1));
        let id = id.and_then(|rest| rest.get(..36)).unwrap_or_else(|| panic!("no id: {sellers}"));
        operator.submit("/operator/sellers", "/_fn/withdraw_seller_invitation", &[("id", id)]).await;
        assert!(operator.get("/operator/sellers").await.text.contains("The invitation is withdrawn."));
        assert!(Browser::new(&app).get(&second).await.text.contains("This invitation was withdrawn."));
        let unknown = Browser::new(&app).get("/sign-up/no-such-token").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert!(unknown.text.contains("This link is not valid"));
    }
}
