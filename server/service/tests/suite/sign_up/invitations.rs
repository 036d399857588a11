//! Invitations of new sellers by the operator.

use domain::sign_up::SignUpPolicy;
use sea_orm::Database;
use service::operator::{invite_seller, list_seller_invitations, withdraw_seller_invitation};
use service::sign_up::{request_sign_up, show_link, sign_up_by_link};
use service::{Clock, Error, Result};

use super::{email, is_conflict, new_seller, open, signed_in};
use crate::mail::send_all;
use test_support::smtp::SmtpServer;
use test_support::{on_both_databases, seller, texts};

on_both_databases! {
    async fn the_operator_invites_and_withdraws(db: TestDatabase) {
        let (service, by) = open(&db, Clock::System, SignUpPolicy::Invitation).await;
        let server = SmtpServer::start().await;
        server.enable(&service);
        assert!(is_conflict(&request_sign_up(&service, "noor@example.com", None)), "by invitation alone");
        let made = invite_seller(&service, &by, Some(email("noor@example.com"))).await.unwrap();
        let listed = list_seller_invitations(&service, &by).await.unwrap();
        assert_eq!((listed.len(), listed[0].id, listed[0].invited_by.as_str()), (1, made.id, "olga"));
        assert!(listed[0].mail.is_some());
        send_all(&service).await;
        let link = format!("http://127.0.0.1:3000/sign-up/{}", made.token);
        assert_eq!(server.received()[0].link("http://127.0.0.1:3000/sign-up/"), link);
        let shown = show_link(&service, &made.token).await.unwrap();
        assert_eq!((shown.email.as_deref(), shown.is_address_proved), (Some("noor@example.com"), false));
        sign_up_by_link(&service, &made.token, new_seller("noor")).await.unwrap();
        assert!(is_conflict(&withdraw_seller_invitation(&service, &by, made.id).await), "it was used");

        let second = invite_seller(&service, &by, Some(email("lise@example.com"))).await.unwrap();
        withdraw_seller_invitation(&service, &by, second.id).await.unwrap();
        withdraw_seller_invitation(&service, &by, second.id).await.unwrap();
        assert!(is_conflict(&sign_up_by_link(&service, &second.token, new_seller("lise")).await));
        assert_eq!(list_seller_invitations(&service, &by).await.unwrap(), []);
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_kind || ' ' || actor_name || ' ' || action || ' ' || detail AS text \
                   FROM audit_entries WHERE action LIKE 'seller.%' OR detail LIKE '%invited by%' ORDER BY id";
        let expected = [
            "shell olga seller.invited noor@example.com",
            "member noor account.created Shop, invited by olga",
            "shell olga seller.invited lise@example.com",
            "shell olga seller.invitation_withdrawn lise@example.com",
        ];
        assert_eq!(texts(&connection, sql).await, expected);
        let sql = "SELECT state AS text FROM mails WHERE recipient = 'lise@example.com'";
        assert_eq!(texts(&connection, sql).await, ["failed"], "the unsent mail with the link ends");
    }

    async fn other_users_find_no_invitations(db: TestDatabase) {
        let (service, by) = open(&db, Clock::System, SignUpPolicy::Open).await;
        let made = invite_seller(&service, &by, None).await.unwrap();
        let ada = signed_in(&service, &seller(&service, "ada").await).await;
        let refused: Vec<Result<()>> = vec![
            invite_seller(&service, &ada, None).await.map(drop),
            list_seller_invitations(&service, &ada).await.map(drop),
            withdraw_seller_invitation(&service, &ada, made.id).await,
        ];
        for done in refused {
            assert!(matches!(done, Err(Error::NotFound)), "{done:?}");
        }
        assert!(show_link(&service, &made.token).await.unwrap().refusal.is_none());
    }
}
