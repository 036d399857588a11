//! Mails: the queue, its worker, and the mails of the use cases. An SMTP server on loopback receives them.

mod activation_notice;
mod attempt;
mod license;
mod notice_turns;
mod password;
mod queue;
mod reminder;
mod reminder_turns;
mod template;

use std::time::Duration;

use domain::mail::MailState;
use domain::permission::Role;
use domain::{Email, MailId, Timestamp};
use sea_orm::Database;
use service::mail::{self, Round, send_due};
use service::member::{NewInvitation, invite};
use service::{Clock, Service};

use test_support::{Seller, TestDatabase, texts};

/// An invitation to an address.
pub fn invitation_to(email: &str) -> NewInvitation {
    NewInvitation { role: Role::Viewer, name: None, email: Some(Email::parse(email).unwrap()) }
}

/// A clock that stands.
pub fn clock() -> Clock {
    Clock::manual(Timestamp::from_millis(1_800_000_000_000))
}

/// Queues an invitation to Grace and returns the id of its mail.
pub async fn queue_one(service: &Service, seller: &Seller) -> MailId {
    invite(service, &seller.actor, invitation_to("grace@example.com")).await.unwrap();
    mail::list(service, &seller.actor, None).await.unwrap().mails[0].id
}

/// Returns the state and the error of the newest mail.
pub async fn newest(service: &Service, seller: &Seller) -> (MailState, Option<String>) {
    let page = mail::list(service, &seller.actor, None).await.unwrap();
    (page.mails[0].status.state, page.mails[0].status.error.clone())
}

/// Returns kind, recipient, state and attempts of all mails, the oldest first.
pub async fn rows(db: &TestDatabase) -> Vec<String> {
    let connection = Database::connect(&db.url).await.unwrap();
    let sql =
        "SELECT kind || ' ' || recipient || ' ' || state || ' ' || attempts AS text FROM mails ORDER BY id";
    let rows = texts(&connection, sql).await;
    connection.close().await.unwrap();
    rows
}

/// Waits until so many mails are queued or sent: some use cases queue in the background.
pub async fn wait_for_rows(db: &TestDatabase, count: usize) -> Vec<String> {
    for _ in 0..500 {
        let rows = rows(db).await;
        if rows.len() >= count {
            return rows;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{count} mails: {:?}", rows(db).await);
}

/// Sends all mails that are due.
pub async fn send_all(service: &Service) {
    while send_due(service).await.unwrap() == Round::More {}
}
