//! The team, invitations, and the switch between accounts.

use domain::permission::Role;

use super::Browser;
use crate::test_app::TestApp;
use test_support::{PASSWORD, Seller, on_both_databases, person, seller};

/// Invites a person by the page of the team. Returns the path of the link.
async fn invite(browser: &mut Browser<'_>, role: &str) -> String {
    let fields = [("role", role), ("name", "Grace <b>"), ("email", "grace@example.com")];
    let made = browser.submit("/team", "/_fn/invite_member", &fields).await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, "/team"));
    let page = browser.get("/team").await;
    assert!(page.header("cache-control").contains("no-transform"), "the page holds a secret");
    let token = page.text.split("/invitations/").nth(1).and_then(|rest| rest.get(..32));
    let path = format!("/invitations/{}", token.unwrap_or_else(|| panic!("no link: {}", page.text)));
    assert!(!browser.get("/team").await.text.contains(&path), "the link is shown once");
    path
}

fn token_of(path: &str) -> &str {
    path.strip_prefix("/invitations/").unwrap()
}

on_both_databases! {
    async fn a_new_user_joins_by_a_link_that_works_once(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let mut owner = Browser::of(&app, &ada).await;
        let path = invite(&mut owner, "support").await;
        assert!(owner.get("/team").await.text.contains("Grace &lt;b&gt;"));

        let mut grace = Browser::new(&app);
        let page = grace.get(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.header("cache-control").contains("no-transform"), "the page holds the token");
        for part in ["Join ", "Support", "value=\"grace@example.com\""] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        let mut fields = vec![("token", token_of(&path)), ("name", "Grace"), ("email", "grace@example.com"), ("password", "short")];
        let refused = grace.submit(&path, "/_fn/accept_invitation_as_new_user", &fields).await;
        assert_eq!(refused.header("location"), path);
        assert!(grace.get(&path).await.text.contains("The password must have at least 10 characters."));
        fields[3].1 = PASSWORD;
        let joined = grace.submit(&path, "/_fn/accept_invitation_as_new_user", &fields).await;
        assert_eq!(joined.header("location"), "/");
        let team = grace.get("/team").await.text;
        assert!(team.contains("ada@example.com") && team.contains("grace@example.com"));
        assert!(!team.contains("/_fn/invite_member"));

        let mut late = Browser::new(&app);
        assert!(late.get(&path).await.text.contains("This invitation was accepted already."));
        let unknown = late.get("/invitations/no-such-token").await;
        assert_eq!(unknown.status, 404);
        assert!(unknown.text.contains("This link is not valid"));
    }

    async fn a_user_of_another_seller_joins_and_switches(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let mut owner = Browser::of(&app, &ada).await;
        let path = invite(&mut owner, "viewer").await;
        let mut browser = Browser::of(&app, &eve).await;
        assert!(!browser.get("/").await.text.contains("/_fn/switch_account"), "one account");
        assert!(browser.get(&path).await.text.contains("You are signed in as"));
        let joined = browser.submit(&path, "/_fn/accept_invitation", &[("token", token_of(&path))]).await;
        assert_eq!(joined.header("location"), "/");
        let products = browser.get("/products").await.text;
        assert!(products.contains("ada plugin") && !products.contains("eve plugin"));
        let own = eve.account.to_string();
        let switched = browser.submit("/", "/_fn/switch_account", &[("account", &own)]).await;
        assert_eq!(switched.header("location"), "/");
        let products = browser.get("/products").await.text;
        assert!(products.contains("eve plugin") && !products.contains("ada plugin"));

        // A removal ends the sessions in the account, and no others.
        let other = ada.account.to_string();
        browser.submit("/", "/_fn/switch_account", &[("account", &other)]).await;
        let mut second = Browser::of(&app, &eve).await;
        let user = eve.user.to_string();
        owner.submit("/team", "/_fn/remove_member", &[("user", &user)]).await;
        assert!(browser.get("/products").await.header("location").starts_with("/sign-in"));
        assert!(second.get("/products").await.text.contains("eve plugin"));
    }

    async fn a_person_without_an_account_comes_back_by_an_invitation(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (_, user, email) = person(&app.service, "sam", "ada", Role::Support).await;
        let mut owner = Browser::of(&app, &ada).await;
        let mut sam = Browser::of(&app, &Seller { user, email: email.clone(), ..ada.clone() }).await;
        owner.submit("/team", "/_fn/remove_member", &[("user", &user.to_string())]).await;
        assert!(sam.get("/").await.header("location").starts_with("/sign-in"));
        let fields = [("email", email.as_str()), ("password", PASSWORD)];
        sam.submit("/sign-in", "/_fn/sign_in", &fields).await;
        assert!(sam.get("/sign-in").await.text.contains("You are a member of no account any more."));
        let path = invite(&mut owner, "admin").await;
        let fields = [("token", token_of(&path)), ("email", email.as_str()), ("password", PASSWORD)];
        let joined = sam.submit(&path, "/_fn/accept_invitation_by_sign_in", &fields).await;
        assert_eq!(joined.header("location"), "/");
        assert!(sam.get("/team").await.text.contains("/_fn/invite_member"));
        let left = sam.submit("/team", "/_fn/leave_account", &[]).await;
        assert_eq!(left.header("location"), "/sign-in");
        assert!(sam.get("/team").await.header("location").starts_with("/sign-in"));
    }
}
