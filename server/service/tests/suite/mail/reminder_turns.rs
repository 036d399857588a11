//! Reminders of several sellers: in turns, and within a quota.

use domain::license::NewLicense;
use service::Service;
use service::license::issue;
use service::mail::{ReminderTurns, Reminders, queue_reminders, send_test};

use super::activation_notice::execute;
use super::reminder::{advance, clock, expiring, open, round, set_reminders, to_grace};
use super::{rows, send_all};
use test_support::{Seller, on_both_databases, seller};

async fn issue_many(service: &Service, seller: &Seller, count: u32) {
    let expires_at = service.now().plus_days(5);
    issue(service, &seller.actor, NewLicense { count, ..to_grace(seller, expires_at) }).await.unwrap();
}

/// Returns the next outcomes.
async fn outcomes(service: &Service, turns: &mut ReminderTurns, count: usize) -> Vec<Reminders> {
    let mut outcomes = Vec::new();
    for _ in 0..count {
        outcomes.push(queue_reminders(service, turns).await.unwrap());
    }
    outcomes
}

on_both_databases! {
    async fn an_account_waits_for_one_batch_of_a_larger_account(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        let jean = seller(&service, "jean").await;
        set_reminders(&service, &ada, true).await;
        set_reminders(&service, &jean, true).await;
        issue_many(&service, &ada, 120).await;
        expiring(&service, &jean, 5).await;
        let mut turns = ReminderTurns::default();
        let mut first = outcomes(&service, &mut turns, 2).await;
        first.sort_by_key(|outcome| *outcome == Reminders::Queued(1));
        assert_eq!(first, [Reminders::Queued(50), Reminders::Queued(1)]);
        // The other reminders wait until the mail server has accepted the first ones.
        assert_eq!(outcomes(&service, &mut turns, 2).await, [Reminders::Queued(0), Reminders::Done]);
        execute(&db, "UPDATE mails SET state = 'sent'").await;
        advance(&clock, 30_000);
        assert_eq!(outcomes(&service, &mut turns, 2).await, [Reminders::Queued(50), Reminders::Queued(0)]);
        execute(&db, "UPDATE mails SET state = 'sent'").await;
        advance(&clock, 30_000);
        assert_eq!(outcomes(&service, &mut turns, 2).await, [Reminders::Queued(20), Reminders::Done]);
        assert_eq!(rows(&db).await.len(), 121);
    }

    async fn reminders_are_paused_while_the_queue_is_long(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        set_reminders(&service, &ada, true).await;
        expiring(&service, &ada, 5).await;
        for _ in 0..200 {
            send_test(&service, &ada.actor).await.unwrap();
        }
        let mut turns = ReminderTurns::default();
        assert_eq!(outcomes(&service, &mut turns, 2).await, [Reminders::Paused; 2]);
        send_all(&service).await;
        assert_eq!(outcomes(&service, &mut turns, 2).await, [Reminders::Queued(1), Reminders::Done]);
    }

    async fn an_account_has_few_reminders_in_an_hour(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        let jean = seller(&service, "jean").await;
        set_reminders(&service, &ada, true).await;
        set_reminders(&service, &jean, true).await;
        issue_many(&service, &ada, 5).await;
        expiring(&service, &jean, 5).await;
        for _ in 0..domain::mail::MAX_OF_WORKER_PER_HOUR - 2 {
            send_test(&service, &ada.actor).await.unwrap();
        }
        execute(&db, "UPDATE mails SET kind = 'expiry_reminder', state = 'sent'").await;
        assert_eq!(round(&service).await, 3, "two of the first seller");
        assert_eq!(round(&service).await, 0);
        advance(&clock, 2 * 3_600_000);
        assert_eq!(round(&service).await, 3, "the others");
    }

    async fn a_round_of_an_account_begins_every_15_minutes(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        set_reminders(&service, &ada, true).await;
        let mut turns = ReminderTurns::default();
        assert_eq!(outcomes(&service, &mut turns, 2).await, [Reminders::Queued(0), Reminders::Done]);
        expiring(&service, &ada, 5).await;
        advance(&clock, 14 * 60_000);
        assert_eq!(outcomes(&service, &mut turns, 1).await, [Reminders::Done]);
        advance(&clock, 60_000);
        assert_eq!(outcomes(&service, &mut turns, 2).await, [Reminders::Queued(1), Reminders::Done]);
    }
}
