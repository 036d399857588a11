//! License keys by mail.

use domain::bounded_text::Name;
use domain::customer::{CustomerRef, Identity};
use domain::license::NewLicense;
use domain::mail::MailState;
use domain::permission::Role;
use domain::{CustomerId, Email, KeyGrace, LicenseId};
use sea_orm::Database;
use service::license::{Issued, issue, replace_key, revoke, send_key, transfer};
use service::{Error, Service, customer, mail};

use super::{rows, send_all};
use test_support::smtp::SmtpServer;
use test_support::{Seller, TestDatabase, license, member, on_both_databases, person, seller, texts};

fn to_grace(seller: &Seller) -> NewLicense {
    NewLicense {
        customer_email: Some(Email::parse("grace@navy.example").unwrap()),
        ..NewLicense::for_product(seller.product.id)
    }
}

async fn issue_one(service: &Service, seller: &Seller, new: NewLicense) -> (LicenseId, String) {
    let issued: Vec<Issued> = issue(service, &seller.actor, new).await.unwrap();
    (issued[0].id, issued[0].key.expose().to_owned())
}

async fn find(service: &Service, seller: &Seller, email: &str) -> CustomerId {
    let email = CustomerRef::Email(Email::parse(email).unwrap());
    customer::find(service, &seller.actor, &email).await.unwrap()
}

async fn open(db: &TestDatabase) -> (Service, SmtpServer, Seller) {
    let (service, server) = (db.open().await, SmtpServer::start().await);
    let ada = seller(&service, "ada").await;
    server.enable(&service);
    (service, server, ada)
}

on_both_databases! {
    async fn a_key_is_sent_to_the_customer_and_the_audit_log_says_so(db: TestDatabase) {
        let (service, server, ada) = open(&db).await;
        let (id, key) = issue_one(&service, &ada, to_grace(&ada)).await;
        assert_eq!(mail::of_license(&service, &ada.actor, id).await.unwrap(), None);
        for _ in 0..2 {
            send_key(&service, &ada.actor, id, Some("form")).await.unwrap();
        }
        assert_eq!(rows(&db).await, ["license_key grace@navy.example queued 0"], "a form counts once");
        send_all(&service).await;
        let received = server.received();
        assert_eq!(received[0].header("Subject"), Some("Your license key for ada plugin"));
        assert!(received[0].text().contains(&key) && received[0].html().contains(&key));
        let status = mail::of_license(&service, &ada.actor, id).await.unwrap().unwrap();
        assert_eq!((status.state, status.recipient.as_str()), (MailState::Sent, "grace@navy.example"));
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_name || ' ' || detail AS text FROM audit_entries WHERE action = 'license.key_sent'";
        assert_eq!(texts(&connection, sql).await, ["ada grace@navy.example"]);
        let sealed = "SELECT 'x' AS text FROM mails WHERE body_sealed IS NOT NULL";
        assert_eq!(texts(&connection, sealed).await, Vec::<String>::new());
    }

    async fn keys_are_sent_as_they_are_issued_in_one_mail(db: TestDatabase) {
        let (service, server, ada) = open(&db).await;
        let new = NewLicense { count: 3, sends_keys: true, ..to_grace(&ada) };
        let issued = issue(&service, &ada.actor, new).await.unwrap();
        assert_eq!(rows(&db).await, ["license_key grace@navy.example queued 0"]);
        send_all(&service).await;
        let text = server.received()[0].text();
        assert!(issued.iter().all(|license| text.contains(license.key.expose())), "{text}");
        for new in [
            NewLicense { sends_keys: true, ..NewLicense::for_product(ada.product.id) },
            NewLicense {
                sends_keys: true,
                customer_email: None,
                customer_name: Name::optional("name", "Jean").unwrap(),
                ..to_grace(&ada)
            },
        ] {
            let Err(Error::Invalid(faults)) = issue(&service, &ada.actor, new).await else { panic!("issued") };
            assert_eq!(faults[0].field, "customer_email");
        }
        let connection = Database::connect(&db.url).await.unwrap();
        let count = "SELECT cast(count(*) AS text) AS text FROM licenses";
        assert_eq!(texts(&connection, count).await, ["3"], "all or none");
    }

    async fn a_key_that_cannot_be_sent_is_refused(db: TestDatabase) {
        let (service, _server, ada) = open(&db).await;
        let (without, _) = license(&service, &ada, 1).await;
        assert!(matches!(send_key(&service, &ada.actor, without, None).await, Err(Error::Conflict(_))));
        let (id, _) = issue_one(&service, &ada, to_grace(&ada)).await;
        let (account, user, _) = person(&service, "vera", "ada", Role::Viewer).await;
        let viewer = member(account, user, "vera", Role::Viewer);
        assert!(matches!(send_key(&service, &viewer, id, None).await, Err(Error::Forbidden)));
        revoke(&service, &ada.actor, id, None).await.unwrap();
        assert!(matches!(send_key(&service, &ada.actor, id, None).await, Err(Error::Conflict(_))));
        assert_eq!(rows(&db).await, Vec::<String>::new());
        let off = db.open().await;
        let (id, _) = issue_one(&off, &ada, to_grace(&ada)).await;
        assert!(matches!(send_key(&off, &ada.actor, id, None).await, Err(Error::Conflict(_))));
        let new = NewLicense { sends_keys: true, ..to_grace(&ada) };
        assert!(matches!(issue(&off, &ada.actor, new).await, Err(Error::Conflict(_))));
    }

    async fn a_queued_key_reaches_no_other_than_the_present_customer(db: TestDatabase) {
        let (service, server, ada) = open(&db).await;
        let queue = async || {
            let (id, _) = issue_one(&service, &ada, to_grace(&ada)).await;
            send_key(&service, &ada.actor, id, None).await.unwrap();
            id
        };
        revoke(&service, &ada.actor, queue().await, None).await.unwrap();
        let jean = Email::parse("jean@eniac.example").unwrap();
        transfer(&service, &ada.actor, queue().await, None, Some(&jean)).await.unwrap();
        replace_key(&service, &ada.actor, queue().await, KeyGrace::NONE).await.unwrap();
        let sql = "SELECT last_error AS text FROM mails WHERE state = 'failed' ORDER BY id";
        let connection = Database::connect(&db.url).await.unwrap();
        send_all(&service).await;
        queue().await;
        let grace = find(&service, &ada, "grace@navy.example").await;
        let moved = Identity { name: None, email: Some(Email::parse("grace@home.example").unwrap()) };
        customer::update(&service, &ada.actor, grace, moved, None).await.unwrap();
        send_all(&service).await;
        let expected = [
            "The license was revoked.",
            "The license was transferred to another customer.",
            "The key was replaced.",
            "The customer’s address was changed.",
        ];
        assert_eq!(texts(&connection, sql).await, expected);
        assert_eq!(server.connections(), 0);
        let counted = service::metrics::process(&service).mail_attempts;
        assert!(counted.iter().all(|(_, attempts)| *attempts == 0), "nothing was attempted: {counted:?}");
    }

    async fn an_erasure_deletes_the_mails_to_the_customer(db: TestDatabase) {
        let (service, server, ada) = open(&db).await;
        let (id, _) = issue_one(&service, &ada, to_grace(&ada)).await;
        send_key(&service, &ada.actor, id, None).await.unwrap();
        send_all(&service).await;
        send_key(&service, &ada.actor, id, None).await.unwrap();
        assert_eq!(rows(&db).await.len(), 2);
        let grace = find(&service, &ada, "grace@navy.example").await;
        let mut document = String::new();
        let mut parts = customer::export(&service, &ada.actor, grace).await.unwrap();
        while let Some(part) = parts.next().await {
            document.push_str(&part.unwrap());
        }
        let exported: serde_json::Value = serde_json::from_str(&document).unwrap();
        let mails = exported["mails"].as_array().unwrap();
        let states: Vec<_> = mails.iter().map(|mail| &mail["state"]).collect();
        assert_eq!(states, ["sent", "queued"]);
        customer::erase(&service, &ada.actor, grace).await.unwrap();
        assert_eq!(rows(&db).await, Vec::<String>::new());
        send_all(&service).await;
        assert_eq!(server.received().len(), 1, "the queued one is not sent");
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT detail AS text FROM audit_entries WHERE detail LIKE '%grace%'";
        assert_eq!(texts(&connection, sql).await, Vec::<String>::new());
    }

    async fn an_erasure_deletes_the_mails_of_merged_customers(db: TestDatabase) {
        let (service, _server, ada) = open(&db).await;
        let (id, _) = issue_one(&service, &ada, to_grace(&ada)).await;
        send_key(&service, &ada.actor, id, None).await.unwrap();
        let email = Email::parse("jean@eniac.example").unwrap();
        let jean = NewLicense { customer_email: Some(email), ..to_grace(&ada) };
        issue(&service, &ada.actor, jean).await.unwrap();
        let grace = find(&service, &ada, "grace@navy.example").await;
        let jean = find(&service, &ada, "jean@eniac.example").await;
        customer::merge(&service, &ada.actor, jean, grace).await.unwrap();
        assert_eq!(rows(&db).await.len(), 1);
        customer::erase(&service, &ada.actor, jean).await.unwrap();
        assert_eq!(rows(&db).await, Vec::<String>::new());
    }
}
