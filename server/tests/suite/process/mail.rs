//! Mails of a running server: its worker sends them, and a kill in the middle loses none.

use std::collections::BTreeSet;

use service::Clock;
use service::mail::{Round, send_due, send_test};

use super::Server;
use test_support::smtp::SmtpServer;
use test_support::{on_both_databases, seller};

const MAILS: usize = 200;

on_both_databases! {
    async fn queued_mails_survive_kill_9(db: TestDatabase) {
        let (service, smtp) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        smtp.enable(&service);
        for _ in 0..MAILS {
            send_test(&service, &ada.actor).await.unwrap();
        }
        let url = smtp.url();
        let variables =
            [("COUNTERSIGN_SMTP_URL", url.as_str()), ("COUNTERSIGN_MAIL_FROM", "Maple <a@maple.example>")];
        let mut server = Server::start_with(&db, &variables);
        smtp.wait_for(1).await;
        server.kill();
        assert_eq!(smtp.received()[0].from, "a@maple.example");

        // Another process sends the others: first those that the killed one had not claimed, then the claimed one.
        while send_due(&service).await.unwrap() == Round::More {}
        let later = db.open_at(Clock::manual(Clock::System.now().plus_seconds(1000))).await;
        smtp.enable(&later);
        while send_due(&later).await.unwrap() == Round::More {}
        let received = smtp.received();
        let ids: BTreeSet<&str> = received.iter().filter_map(|mail| mail.header("Message-ID")).collect();
        let uuids: BTreeSet<&str> = ids.iter().filter_map(|id| id.split('@').next()).collect();
        assert_eq!(uuids.len(), MAILS, "each mail arrives");
        assert!(received.len() <= MAILS + 1, "at most the one that was being sent arrives twice");
    }
}
