//! Mail by the pages, without JavaScript: a lost password, keys, invitations, the list and the test mail.

use http::StatusCode;
use service::Service;
use service::mail::{Round, send_due};

use super::Browser;
use super::customer::holder;
use crate::test_app::TestApp;
use test_support::smtp::{Behavior, ReceivedMail, SmtpServer};
use test_support::{PASSWORD, Seller, TestDatabase, on_both_databases, seller};

async fn open(db: TestDatabase) -> (TestApp, SmtpServer, Seller) {
    let (app, server) = (TestApp::new(db).await, SmtpServer::start().await);
    server.enable(&app.service);
    let ada = seller(&app.service, "ada").await;
    (app, server, ada)
}

/// Sends mails until one with this subject has arrived.
pub async fn receive(service: &Service, server: &SmtpServer, subject: &str) -> ReceivedMail {
    for _ in 0..500 {
        while send_due(service).await.unwrap() == Round::More {}
        let received = server.received().into_iter().rfind(|mail| mail.header("Subject") == Some(subject));
        if let Some(mail) = received {
            return mail;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no mail {subject}: {:?}", server.received());
}

/// The path of a link to this instance.
pub fn path(mail: &ReceivedMail, start: &str) -> String {
    let origin = "http://127.0.0.1:3000";
    mail.link(&format!("{origin}{start}")).strip_prefix(origin).unwrap().to_owned()
}

on_both_databases! {
    async fn a_lost_password_is_set_by_a_link(db: TestDatabase) {
        let (app, server, ada) = open(db).await;
        let mut signed_in = Browser::of(&app, &ada).await;
        let mut browser = Browser::new(&app);
        assert!(browser.get("/sign-in").await.text.contains("href=\"/sign-in/reset\""));
        let mut pages = Vec::new();
        for email in [ada.email.as_str(), "nobody@example.com"] {
            let sent = browser.submit("/sign-in/reset", "/_fn/request_password_reset", &[("email", email)]).await;
            assert_eq!(sent.header("location"), "/sign-in/reset");
            let page = browser.get("/sign-in/reset").await;
            assert!(page.text.contains("Look into your mailbox."), "{}", page.text);
            pages.push(page.text.replace(&page.nonce(), "NONCE"));
        }
        assert_eq!(pages[0], pages[1], "the page does not tell whether the address is known");

        let link = path(&receive(&app.service, &server, "Set a new password").await, "/reset/");
        let token = link.strip_prefix("/reset/").unwrap();
        let page = browser.get(&link).await;
        assert!(page.text.contains("ada@example.com") && page.header("cache-control").contains("no-transform"));
        let mut fields = vec![("token", token), ("password", "short")];
        let refused = browser.submit(&link, "/_fn/set_new_password", &fields).await;
        assert_eq!(refused.header("location"), link);
        assert!(browser.get(&link).await.text.contains("The password must have at least 10 characters."));
        fields[1].1 = "nine purple staplers";
        let set = browser.submit(&link, "/_fn/set_new_password", &fields).await;
        assert_eq!(set.header("location"), "/sign-in?reset=done");
        assert!(browser.get("/sign-in?reset=done").await.text.contains("The password is changed."));
        assert!(signed_in.get("/products").await.header("location").starts_with("/sign-in"));
        for (password, location) in [(PASSWORD, "/sign-in"), ("nine purple staplers", "/")] {
            let fields = [("email", ada.email.as_str()), ("password", password)];
            let answer = Browser::new(&app).submit("/sign-in", "/_fn/sign_in", &fields).await;
            assert_eq!(answer.header("location"), location, "{password}");
        }
        let used = browser.get(&link).await;
        assert_eq!(used.status, StatusCode::NOT_FOUND);
        assert!(used.text.contains("This link is not valid"));
        receive(&app.service, &server, "Your password was changed").await;
    }

    async fn an_invited_person_joins_by_the_mail(db: TestDatabase) {
        let (app, server, ada) = open(db).await;
        let mut owner = Browser::of(&app, &ada).await;
        let fields = [("role", "viewer"), ("name", "Grace"), ("email", "grace@example.com")];
        owner.submit("/team", "/_fn/invite_member", &fields).await;
        let team = owner.get("/team").await.text;
        for part in ["The person gets this link by mail.", "Mail to ", "Queued"] {
            assert!(team.contains(part), "{part}: {team}");
        }
        let mail = receive(&app.service, &server, "Invitation to ada").await;
        let link = path(&mail, "/invitations/");
        assert!(owner.get("/team").await.text.contains("Sent"));
        let mut grace = Browser::new(&app);
        let token = link.strip_prefix("/invitations/").unwrap();
        let fields = [("token", token), ("name", "Grace"), ("email", "grace@example.com"), ("password", PASSWORD)];
        let joined = grace.submit(&link, "/_fn/accept_invitation_as_new_user", &fields).await;
        assert_eq!(joined.header("location"), "/");
    }

    async fn a_key_is_sent_from_the_page_of_its_license(db: TestDatabase) {
        let (app, server, ada) = open(db).await;
        holder(&app.service, &ada).await;
        let mut browser = Browser::of(&app, &ada).await;
        let product = ada.product.id.to_string();
        let fields = [
            ("product", product.as_str()), ("customer_name", ""), ("customer_email", "grace@navy.example"),
            ("domain_limit", ""), ("machine_limit", ""), ("expiry", "never"), ("expires_at", ""), ("count", "1"),
            ("send_keys", "on"),
        ];
        let issued = browser.submit("/licenses/new", "/_fn/issue_license", &fields).await;
        let license = issued.header("location").split('?').next().unwrap().to_owned();
        assert!(license.starts_with("/licenses/"), "{license}");
        let subject = "Your license key for ada plugin";
        receive(&app.service, &server, subject).await;
        let page = browser.get(&license).await.text;
        assert!(page.contains("/_fn/send_license_key") && page.contains("Sent"), "{page}");

        server.behave([Behavior::Refuse("550 no such mailbox")]);
        let id = license.strip_prefix("/licenses/").unwrap();
        browser.submit(&license, "/_fn/send_license_key", &[("id", id), ("form_token", "t")]).await;
        assert!(browser.get(&license).await.text.contains("The mail with the key is queued."));
        while send_due(&app.service).await.unwrap() == Round::More {}
        let page = browser.get(&license).await.text;
        assert!(page.contains("Failed") && page.contains("no such mailbox"), "where it was asked for: {page}");
        let history = browser.get("/audit").await.text;
        assert!(history.contains("Key sent by mail") && history.contains("grace@navy.example"));
    }

    async fn the_page_of_mail_lists_and_retries(db: TestDatabase) {
        let (app, server, ada) = open(db).await;
        let mut browser = Browser::of(&app, &ada).await;
        // The notice of this browser is queued in the background.
        receive(&app.service, &server, "Sign-in from a new browser").await;
        server.behave([Behavior::Refuse("550 no such mailbox")]);
        browser.submit("/settings/mail", "/_fn/send_test_mail", &[]).await;
        while send_due(&app.service).await.unwrap() == Round::More {}
        let page = browser.get("/settings/mail").await.text;
        for part in ["Mail is on", "licenses@example.com", "Test mail", "no such mailbox", "/_fn/retry_mail"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let id = page.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.get(..36)).unwrap();
        let retried = browser.submit("/settings/mail", "/_fn/retry_mail", &[("id", id)]).await;
        assert_eq!(retried.header("location"), "/settings/mail");
        let mail = receive(&app.service, &server, "Test mail").await;
        assert_eq!(mail.to, ["ada@example.com"]);
        let page = browser.get("/settings/mail").await.text;
        assert!(!page.contains("/_fn/retry_mail"), "{page}");
    }
}
