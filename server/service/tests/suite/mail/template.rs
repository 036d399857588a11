//! Templates of sellers, and the sender of their mails.

use domain::Email;
use domain::bounded_text::Name;
use domain::license::NewLicense;
use domain::mail_template::{TemplateKind, TemplateSource};
use domain::permission::Role;
use sea_orm::Database;
use service::license::issue;
use service::mail::{
    CustomerMailSettings, SenderName, change_customer_mail, change_template, list_templates, reset_template,
    save_template_draft, send_template_sample, send_test, show_customer_mail, show_template,
};
use service::{Error, Service};

use super::{rows, send_all};
use test_support::smtp::{ReceivedMail, SmtpServer};
use test_support::{Seller, TestDatabase, member, on_both_databases, person, seller, texts};

const KIND: TemplateKind = TemplateKind::LicenseKey;

fn source(subject: &str, text: &str, html: &str) -> TemplateSource {
    TemplateSource { subject: subject.into(), text: text.into(), html: html.into() }
}

async fn open(db: &TestDatabase) -> (Service, SmtpServer, Seller) {
    let (service, server) = (db.open().await, SmtpServer::start().await);
    let ada = seller(&service, "ada").await;
    server.enable(&service);
    (service, server, ada)
}

/// Issues a license to a customer of this name, and returns the mail with its key, and the key.
async fn key_mail(
    service: &Service,
    server: &SmtpServer,
    seller: &Seller,
    name: &str,
) -> (ReceivedMail, String) {
    let email = format!("c{}@navy.example", server.received().len());
    let new = NewLicense {
        customer_name: Name::optional("customer_name", name).unwrap(),
        customer_email: Some(Email::parse(&email).unwrap()),
        sends_keys: true,
        ..NewLicense::for_product(seller.product.id)
    };
    let issued = issue(service, &seller.actor, new).await.unwrap();
    send_all(service).await;
    (server.received().pop().unwrap(), issued[0].key.expose().to_owned())
}

/// Returns the names of the headers, as the mail server got them.
fn header_names(mail: &ReceivedMail) -> Vec<&str> {
    let (head, _) = mail.data.split_once("\r\n\r\n").unwrap();
    let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split(':').next().unwrap()).collect()
}

on_both_databases! {
    async fn customers_get_the_text_of_the_seller(db: TestDatabase) {
        let (service, server, ada) = open(&db).await;
        let own = source(
            "{{ product }} for {{ customer_name }}",
            "Hello {{ customer_name }},\r\n\r\n{{ license_key }}",
            "<p>Hello <b>{{ customer_name }}</b></p><p><a href=\"https://maple.example/?k={{ license_key }}\">{{ license_key }}</a></p>",
        );
        change_template(&service, &ada.actor, KIND, &own).await.unwrap();
        let (mail, key) = key_mail(&service, &server, &ada, "Grace & <i>Co</i>").await;
        let text = mail.text();
        assert!(text.contains("Hello Grace & <i>Co</i>,") && text.contains(&key), "{text}");
        let html = mail.html();
        assert!(html.contains("<b>Grace &#38; &#60;i&#62;Co&#60;/i&#62;</b>"), "{html}");
        assert!(html.contains(&format!("<a href=\"https://maple.example/?k={key}\">{key}</a>")), "{html}");
        // Another seller is not affected.
        let eve = seller(&service, "eve").await;
        let (mail, _) = key_mail(&service, &server, &eve, "Jean").await;
        assert_eq!(mail.header("Subject"), Some("Your license key for eve plugin"));
        assert!(!list_templates(&service, &eve.actor).await.unwrap().iter().any(|row| row.is_own));

        reset_template(&service, &ada.actor, KIND).await.unwrap();
        let (mail, _) = key_mail(&service, &server, &ada, "Lise").await;
        assert_eq!(mail.header("Subject"), Some("Your license key for ada plugin"));
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_name || ' ' || detail AS text FROM audit_entries \
                   WHERE action = 'mail.template_changed' ORDER BY id";
        let expected = ["ada License key: changed", "ada License key: reset to the default"];
        assert_eq!(texts(&connection, sql).await, expected);
    }

    async fn no_name_adds_a_header(db: TestDatabase) {
        let (service, server, ada) = open(&db).await;
        let own = source("{{ customer_name }}", "{{ license_key }}", "");
        change_template(&service, &ada.actor, KIND, &own).await.unwrap();
        let settings = CustomerMailSettings {
            sender_name: SenderName::optional("sender_name", "Maple \"Plugins\" <x@y.example>, ÄÖ").unwrap(),
            reply_to: Some(Email::parse("help@maple.example").unwrap()),
            ..CustomerMailSettings::default()
        };
        change_customer_mail(&service, &ada.actor, &settings).await.unwrap();
        let expected = [
            "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        ];
        for name in ["Grace\nBcc: eve@example.com", "Grace\r\n\r\nBcc: eve@example.com", "=?utf-8?q?=0D=0ABcc:_eve?="] {
            let (mail, _) = key_mail(&service, &server, &ada, name).await;
            assert_eq!(header_names(&mail), expected, "{}", mail.data);
            assert_eq!(mail.to.len(), 1);
            assert_eq!(mail.from, "licenses@example.com");
            assert_eq!(mail.header("Reply-To"), Some("help@maple.example"));
        }
        let two_lines = SenderName::optional("sender_name", "Maple\nBcc: eve@example.com").unwrap();
        let settings = CustomerMailSettings { sender_name: two_lines, ..settings };
        let refused = change_customer_mail(&service, &ada.actor, &settings).await;
        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == "sender_name"));
    }

    async fn mails_about_sign_ins_keep_the_sender_of_the_server(db: TestDatabase) {
        let (service, server, ada) = open(&db).await;
        let settings = CustomerMailSettings {
            sender_name: SenderName::optional("sender_name", "Maple").unwrap(),
            ..CustomerMailSettings::default()
        };
        change_customer_mail(&service, &ada.actor, &settings).await.unwrap();
        assert_eq!(show_customer_mail(&service, &ada.actor).await.unwrap().sender_name, "Maple");
        service::member::invite(&service, &ada.actor, crate::mail::invitation_to("jean@x.example")).await.unwrap();
        send_test(&service, &ada.actor).await.unwrap();
        send_all(&service).await;
        let mut senders: Vec<_> = server.received().iter().map(|mail| mail.header("From").unwrap().to_owned()).collect();
        senders.sort_unstable();
        assert_eq!(senders, ["Countersign <licenses@example.com>", "Maple <licenses@example.com>"]);
    }

    async fn a_faulty_template_is_refused_and_kept_as_a_draft(db: TestDatabase) {
        let (service, server, ada) = open(&db).await;
        let faulty = source("a", "{{ licence_key }}", "<script>");
        let Err(Error::Invalid(faults)) = change_template(&service, &ada.actor, KIND, &faulty).await else { panic!("saved") };
        assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), ["text", "html"]);
        assert!(faults[0].message.starts_with("licence_key is not a variable of this mail. Variables: {{ license_key }},"));
        save_template_draft(&service, &ada.actor, KIND, &faulty).await.unwrap();
        let shown = show_template(&service, &ada.actor, KIND).await.unwrap();
        assert_eq!((shown.source, shown.has_draft, shown.is_own, shown.preview), (faulty, true, false, None));
        assert!(matches!(send_template_sample(&service, &ada.actor, KIND).await, Err(Error::Invalid(_))));
        let (mail, _) = key_mail(&service, &server, &ada, "Grace").await;
        assert_eq!(mail.header("Subject"), Some("Your license key for ada plugin"), "a draft is not in use");

        let draft = source("Draft", "{{ license_key }} of {{ seller }}", "");
        save_template_draft(&service, &ada.actor, KIND, &draft).await.unwrap();
        send_template_sample(&service, &ada.actor, KIND).await.unwrap();
        send_all(&service).await;
        let mail = server.received().pop().unwrap();
        assert_eq!((mail.to[0].as_str(), mail.header("Subject")), (ada.email.as_str(), Some("Draft")));
        assert!(mail.text().contains("LIC-SAMPLE-SAMPLE-SAMPLE-ABCD of ada"), "{}", mail.text());
        change_template(&service, &ada.actor, KIND, &draft).await.unwrap();
        let shown = show_template(&service, &ada.actor, KIND).await.unwrap();
        assert_eq!((shown.is_own, shown.has_draft), (true, false));
        assert_eq!(shown.preview.unwrap().subject, "Draft");
        let long = source("a", &"x".repeat(8_001), "");
        assert!(matches!(save_template_draft(&service, &ada.actor, KIND, &long).await, Err(Error::Invalid(_))));
    }

    async fn support_changes_no_mails(db: TestDatabase) {
        let (service, _server, _ada) = open(&db).await;
        let (account, user, _) = person(&service, "sue", "ada", Role::Support).await;
        let sue = member(account, user, "sue", Role::Support);
        let own = source("a", "{{ license_key }}", "");
        let settings = CustomerMailSettings::default();
        for refused in [
            change_template(&service, &sue, KIND, &own).await,
            save_template_draft(&service, &sue, KIND, &own).await,
            reset_template(&service, &sue, KIND).await,
            show_template(&service, &sue, KIND).await.map(drop),
            list_templates(&service, &sue).await.map(drop),
            send_template_sample(&service, &sue, KIND).await.map(drop),
            change_customer_mail(&service, &sue, &settings).await,
            show_customer_mail(&service, &sue).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
        }
        assert_eq!(rows(&db).await, Vec::<String>::new());
    }
}
