//! Mails to customers by the pages, without JavaScript: settings, templates, previews and test mails.

use http::StatusCode;
use service::mail::{Round, send_due};

use super::Browser;
use crate::test_app::TestApp;
use test_support::smtp::SmtpServer;
use test_support::{Seller, TestDatabase, on_both_databases, seller};

const PAGE: &str = "/settings/mail/templates/license_key";

async fn open(db: TestDatabase) -> (TestApp, SmtpServer, Seller) {
    let (app, server) = (TestApp::new(db).await, SmtpServer::start().await);
    server.enable(&app.service);
    let ada = seller(&app.service, "ada").await;
    (app, server, ada)
}

fn fields<'a>(subject: &'a str, text: &'a str, html: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("kind", "license_key"), ("subject", subject), ("text", text), ("html", html)]
}

on_both_databases! {
    async fn a_template_is_previewed_saved_and_reset(db: TestDatabase) {
        let (app, server, ada) = open(db).await;
        let mut browser = Browser::of(&app, &ada).await;
        let page = browser.get(PAGE).await.text;
        for part in ["Customers get the default text.", "{{ license_key }}", "LIC-SAMPLE", "<iframe", "sandbox"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("/_fn/reset_mail_template"), "{page}");

        let draft = fields("Hello {{ customer_name }}", "{{ license_key }} & more", "<p><b>{{ license_key }}</b></p>");
        let answer = browser.submit(PAGE, "/_fn/preview_mail_template", &draft).await;
        assert_eq!(answer.header("location"), PAGE);
        let page = browser.get(PAGE).await.text;
        for part in ["Hello Grace Hopper", "This page shows a draft.", "Discard the draft"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        browser.submit(PAGE, "/_fn/send_template_sample", &[("kind", "license_key")]).await;
        while send_due(&app.service).await.unwrap() == Round::More {}
        let received = server.received();
        let mail = received.iter().find(|mail| mail.header("Subject") == Some("Hello Grace Hopper")).unwrap();
        assert!(mail.html().contains("<p><b>LIC-SAMPLE"), "{}", mail.html());
        browser.submit(PAGE, "/_fn/save_mail_template", &draft).await;
        let page = browser.get(PAGE).await.text;
        assert!(page.contains("The template is saved.") && page.contains("Customers get your own text."), "{page}");
        assert!(browser.get("/settings/mail/customers").await.text.contains("your own text"));
        browser.submit(PAGE, "/_fn/reset_mail_template", &[("kind", "license_key")]).await;
        assert!(browser.get(PAGE).await.text.contains("Customers get the default text."));
        assert!(browser.get("/audit").await.text.contains("Mail template changed"));
    }

    async fn a_long_template_with_an_error_is_not_lost(db: TestDatabase) {
        let (app, _server, ada) = open(db).await;
        let mut browser = Browser::of(&app, &ada).await;
        // More than the cookie of a failed form holds.
        let text = format!("{{{{ license_key }}}} {}", "Ünïcode ".repeat(430));
        for function in ["/_fn/save_mail_template", "/_fn/preview_mail_template"] {
            let faulty = fields("A", &text, "<img src=x>");
            let answer = browser.submit(PAGE, function, &faulty).await;
            assert_eq!(answer.header("location"), PAGE);
            let page = browser.get(PAGE).await.text;
            assert!(page.contains("The tag img is not allowed."), "{page}");
            assert!(page.contains("Please correct what is marked."), "{page}");
            assert!(page.matches("Ünïcode ").count() >= 429, "{page}");
            assert!(page.contains("&lt;img src=x&gt;") && !page.contains("<img src=x"), "{page}");
        }
        assert!(browser.get(PAGE).await.text.contains("Customers get the default text."));
    }

    async fn a_template_that_another_member_saved_meanwhile_is_not_overwritten(db: TestDatabase) {
        let (app, _server, ada) = open(db).await;
        let (mut first, mut second) = (Browser::of(&app, &ada).await, Browser::of(&app, &ada).await);
        let version = |page: &str| {
            let value = page.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
            value.expect("a version").to_owned()
        };
        let shown = version(&second.get(PAGE).await.text);
        first.submit(PAGE, "/_fn/save_mail_template", &fields("Theirs", "{{ license_key }} theirs", "")).await;
        // More than the cookie of a failed form holds.
        let text = format!("{{{{ license_key }}}} mine {}", "Ünïcode ".repeat(430));
        let mut mine = fields("Mine", &text, "");
        mine.push(("version", &shown));
        for function in ["/_fn/save_mail_template", "/_fn/preview_mail_template"] {
            let refused = second.submit(PAGE, function, &mine).await;
            assert_eq!(refused.header("location"), PAGE);
            let page = second.get(PAGE).await.text;
            for part in ["Another member changed this template.", "The other change is by ", "The other version"] {
                assert!(page.contains(part), "{part}: {page}");
            }
            assert!(page.contains("value=\"Mine\"") && page.matches("Ünïcode ").count() >= 429, "{page}");
            assert!(page.contains("{{ license_key }} theirs"), "{page}");
            assert!(page.contains(&format!("href=\"{PAGE}\"")), "the way to the other version: {page}");
        }
        // The page without the conflict shows the other version.
        let page = second.get(PAGE).await.text;
        assert!(page.contains("value=\"Theirs\"") && !page.contains("Ünïcode"), "{page}");
        let present = version(&page);
        let mut again = fields("Mine", &text, "");
        again.push(("version", &present));
        second.submit(PAGE, "/_fn/save_mail_template", &again).await;
        let page = second.get(PAGE).await.text;
        assert!(page.contains("The template is saved.") && page.contains("value=\"Mine\""), "{page}");
    }

    async fn the_text_of_a_seller_is_escaped_on_its_page(db: TestDatabase) {
        let (app, _server, ada) = open(db).await;
        let mut browser = Browser::of(&app, &ada).await;
        let hostile = "</textarea></pre><script>alert(1)</script> {{ license_key }}";
        browser.submit(PAGE, "/_fn/save_mail_template", &fields("<script>\"'", hostile, "")).await;
        let page = browser.get(PAGE).await.text;
        assert!(page.contains("Customers get your own text."), "{page}");
        assert!(!page.contains("<script>alert(1)"), "{page}");
    }

    async fn settings_are_checked_and_saved(db: TestDatabase) {
        let (app, _server, ada) = open(db).await;
        let mut browser = Browser::of(&app, &ada).await;
        let page = "/settings/mail/customers";
        let wrong = [("sender_name", "Maple"), ("reply_to", "nobody"), ("sends_reminders", "on")];
        browser.submit(page, "/_fn/change_customer_mail", &wrong).await;
        let text = browser.get(page).await.text;
        assert!(text.contains("This must be an e-mail address") && text.contains("value=\"Maple\""), "{text}");
        assert!(!text.contains("Reminders by product"), "{text}");
        let right = [("sender_name", "Maple"), ("reply_to", "help@maple.example"), ("sends_reminders", "on")];
        browser.submit(page, "/_fn/change_customer_mail", &right).await;
        let text = browser.get(page).await.text;
        assert!(text.contains("The settings are saved.") && text.contains("Reminders by product"), "{text}");
        let product = ada.product.id.to_string();
        browser.submit(page, "/_fn/set_product_reminders", &[("product", &product)]).await;
        let text = browser.get(page).await.text;
        assert!(text.contains("Switch on: ada plugin"), "{text}");
        assert!(browser.get("/audit").await.text.contains("Mail settings changed"));
    }

    async fn other_mails_have_no_template(db: TestDatabase) {
        let (app, _server, ada) = open(db).await;
        let mut browser = Browser::of(&app, &ada).await;
        assert_eq!(browser.get("/settings/mail/templates/invitation").await.status, StatusCode::NOT_FOUND);
    }
}
