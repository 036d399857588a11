//! Users who make another account.

use domain::bounded_text::Name;
use domain::license::Reason;
use domain::permission::Role;
use domain::sign_up::SignUpPolicy;
use sea_orm::Database;
use service::account::member;
use service::operator::{self, invite_seller};
use service::sign_up::{NewAccount, check_link, show_link, sign_up_as_user, sign_up_by_link};
use service::{Clock, Error};

use super::{email, field_of, is_conflict, new_seller, open, open_with_mail, signed_in, slugs, token};
use test_support::{Seller, on_both_databases, seller, texts};

/// Another account of a user.
fn another_of(seller: &Seller) -> NewAccount {
    NewAccount { account: Name::parse("account", "Second").unwrap(), user: seller.user, address: None }
}

on_both_databases! {
    async fn a_user_makes_another_account_by_an_invitation_once(db: TestDatabase) {
        let (service, by) = open(&db, Clock::System, SignUpPolicy::Invitation).await;
        let ada = seller(&service, "ada").await;
        assert!(is_conflict(&sign_up_as_user(&service, None, another_of(&ada)).await), "by invitation alone");
        let made = invite_seller(&service, &by, Some(email("ada@example.com"))).await.unwrap();
        assert_eq!(field_of(sign_up_by_link(&service, &made.token, new_seller("ada")).await), "email");
        let account = sign_up_as_user(&service, Some(&made.token), another_of(&ada)).await.unwrap();
        let owner = member(&service, ada.user, Some(account)).await.unwrap();
        assert_eq!((owner.me.account.as_str(), owner.me.role, owner.accounts.len()), ("Second", Role::Owner, 2));
        assert_eq!(signed_in(&service, &ada).await.actor.account, ada.account, "the first one goes on");
        let again = sign_up_as_user(&service, Some(&made.token), another_of(&ada)).await;
        assert!(is_conflict(&again), "a link works once");
        let unknown = sign_up_as_user(&service, Some("no such token"), another_of(&ada)).await;
        assert!(matches!(unknown, Err(Error::NotFound)));
        assert_eq!(slugs(&service, &by).await, ["ada", "olga", "second"]);
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_name || ' ' || action || ' ' || detail AS text FROM audit_entries \
                   WHERE account_id = (SELECT id FROM accounts WHERE slug = 'second') ORDER BY id";
        let expected =
            ["ada account.created Second, invited by olga", "ada member.added ada@example.com as owner"];
        assert_eq!(texts(&connection, sql).await, expected);
    }

    async fn a_user_makes_another_account_on_an_open_server(db: TestDatabase) {
        let (service, server) = open_with_mail(&db, Clock::System).await;
        let ada = seller(&service, "ada").await;
        let link = token(&service, &server, &db, 1).await;
        assert!(is_conflict(&sign_up_as_user(&service, Some(&link), another_of(&ada)).await), "of another address");
        assert!(show_link(&service, &link).await.unwrap().refusal.is_none());
        let account = sign_up_as_user(&service, None, another_of(&ada)).await.unwrap();
        let owner = member(&service, ada.user, Some(account)).await.unwrap();
        assert_eq!((owner.me.role, owner.is_operator), (Role::Owner, false));
        for _ in 0..9 {
            sign_up_as_user(&service, None, another_of(&ada)).await.unwrap();
        }
        let refused = sign_up_as_user(&service, None, another_of(&ada)).await;
        assert!(matches!(refused, Err(Error::TooManyTries(_))), "ten of a network within an hour");
    }

    async fn a_user_of_a_suspended_account_makes_no_other(db: TestDatabase) {
        let (service, by) = open(&db, Clock::System, SignUpPolicy::Open).await;
        let ada = seller(&service, "ada").await;
        let reason = Reason::parse("reason", "Fraud").unwrap();
        operator::suspend_seller(&service, &by, ada.account, &reason, false).await.unwrap();
        let made = invite_seller(&service, &by, None).await.unwrap();
        for token in [None, Some(made.token.as_str())] {
            let refused = sign_up_as_user(&service, token, another_of(&ada)).await;
            let Err(Error::Conflict(text)) = &refused else { panic!("{refused:?}") };
            assert!(text.contains("suspended an account of yours"), "{text}");
        }
        assert!(show_link(&service, &made.token).await.unwrap().refusal.is_none(), "the link is not used up");
        operator::reinstate_seller(&service, &by, ada.account).await.unwrap();
        sign_up_as_user(&service, Some(&made.token), another_of(&ada)).await.unwrap();
    }

    async fn a_link_is_checked_before_the_sign_in(db: TestDatabase) {
        let (service, server) = open_with_mail(&db, Clock::System).await;
        let link = token(&service, &server, &db, 1).await;
        assert!(is_conflict(&check_link(&service, &link, "ada@example.com").await), "of another address");
        check_link(&service, &link, "Noor@example.com").await.unwrap();
        sign_up_by_link(&service, &link, new_seller("noor")).await.unwrap();
        assert!(is_conflict(&check_link(&service, &link, "noor@example.com").await), "it was used");
        assert!(matches!(check_link(&service, "none", "noor@example.com").await, Err(Error::NotFound)));
    }

    async fn a_network_signs_up_by_ten_links_within_an_hour(db: TestDatabase) {
        let (service, by) = open(&db, Clock::System, SignUpPolicy::Invitation).await;
        for n in 0..11 {
            let made = invite_seller(&service, &by, None).await.unwrap();
            let done = sign_up_by_link(&service, &made.token, new_seller(&format!("noor{n}"))).await;
            if n < 10 {
                done.unwrap();
            } else {
                assert!(matches!(done, Err(Error::TooManyTries(_))));
            }
        }
    }
}
