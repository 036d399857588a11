//! Sign-up of new sellers: the policy, links that prove an address, invitations of the operator, and races.

use std::sync::Arc;

use domain::bounded_text::Name;
use domain::invitation::INVITATION_LIFETIME_MS;
use domain::permission::Role;
use domain::sign_up::{SIGN_UP_LIFETIME_MS, SignUpPolicy};
use domain::view::SellerQuery;
use domain::{Email, Timestamp};
use sea_orm::Database;
use service::account::{Member, member};
use service::operator::{invite_seller, list_seller_invitations, list_sellers, withdraw_seller_invitation};
use service::sign_up::{
    NewAccount, NewSeller, request_sign_up, show_link, sign_up, sign_up_as_user, sign_up_by_link,
};
use service::{Clock, Error, Result, RetentionPolicy, Service, prune};
use tokio::sync::Barrier;

use crate::mail::{rows, send_all, wait_for_rows};
use test_support::smtp::SmtpServer;
use test_support::{PASSWORD, Seller, TestDatabase, new_operator, on_both_databases, seller, texts};

const AT: i64 = 1_800_000_000_000;

/// A person with this name, who gives an address.
pub fn new_seller(name: &str) -> NewSeller {
    NewSeller { email: Some(email(&format!("{name}@example.com"))), ..proved(name) }
}

/// A person with this name, whose link proves the address.
fn proved(name: &str) -> NewSeller {
    NewSeller {
        account: Name::parse("account", "Shop").unwrap(),
        name: Name::parse("name", name).unwrap(),
        email: None,
        password: PASSWORD.to_owned(),
        address: None,
    }
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// Another account of a user.
fn another_of(seller: &Seller) -> NewAccount {
    NewAccount { account: Name::parse("account", "Second").unwrap(), user: seller.user, address: None }
}

async fn signed_in(service: &Service, seller: &Seller) -> Member {
    member(service, seller.user, None).await.unwrap()
}

/// Opens a service with a policy and an operator.
async fn open(db: &TestDatabase, clock: Clock, policy: SignUpPolicy) -> (Service, Member) {
    let service = db.open_at(clock).await;
    service.set_sign_up(policy);
    let olga = new_operator(&service, "olga").await;
    let by = signed_in(&service, &olga).await;
    (service, by)
}

/// Opens a service of an open server that sends mail.
async fn open_with_mail(db: &TestDatabase, clock: Clock) -> (Service, SmtpServer) {
    let (service, _) = open(db, clock, SignUpPolicy::Open).await;
    let server = SmtpServer::start().await;
    server.enable(&service);
    (service, server)
}

/// Asks for a link and returns its token. `mails` is the number of all mails then.
async fn token(service: &Service, server: &SmtpServer, db: &TestDatabase, mails: usize) -> String {
    request_sign_up(service, " NOOR@example.com ", Some("192.0.2.1")).unwrap();
    wait_for_rows(db, mails).await;
    send_all(service).await;
    let start = "http://127.0.0.1:3000/sign-up/";
    let received = server.received();
    let latest = received.iter().rfind(|mail| mail.header("Subject") == Some("Create your account"));
    latest.expect("a mail with a link").link(start).strip_prefix(start).unwrap().to_owned()
}

fn is_conflict<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Conflict(_)))
}

fn field_of<T>(result: Result<T>) -> &'static str {
    match result {
        Err(Error::Invalid(faults)) => faults[0].field,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    }
}

/// The slugs of all accounts.
async fn slugs(service: &Service, by: &Member) -> Vec<String> {
    let page = list_sellers(service, by, &SellerQuery::default()).await.unwrap();
    page.items.into_iter().map(|seller| seller.slug).collect()
}

/// Invites two sellers; one signs up, and the other invitation is withdrawn. For the words that this writes.
pub async fn invite_and_withdraw(service: &Service, operator: &Seller) {
    service.set_sign_up(SignUpPolicy::Invitation);
    let by = signed_in(service, operator).await;
    let made = invite_seller(service, &by, None).await.unwrap();
    sign_up_by_link(service, &made.token, new_seller("noor")).await.unwrap();
    let made = invite_seller(service, &by, None).await.unwrap();
    withdraw_seller_invitation(service, &by, made.id).await.unwrap();
}

on_both_databases! {
    async fn a_closed_server_refuses_everyone(db: TestDatabase) {
        let open_server = db.open().await;
        open_server.set_sign_up(SignUpPolicy::Open);
        let by = signed_in(&open_server, &new_operator(&open_server, "olga").await).await;
        let made = invite_seller(&open_server, &by, None).await.unwrap();
        // Without a setting, sign-up is closed.
        let service = db.open().await;
        assert_eq!(service.sign_up_policy(), SignUpPolicy::Closed);
        assert!(is_conflict(&sign_up(&service, new_seller("noor")).await));
        assert!(is_conflict(&request_sign_up(&service, "noor@example.com", None)));
        assert!(is_conflict(&invite_seller(&service, &by, None).await));
        assert!(is_conflict(&sign_up_by_link(&service, &made.token, new_seller("noor")).await));
        assert!(show_link(&service, &made.token).await.unwrap().refusal.is_some());
        assert_eq!(slugs(&service, &by).await, ["olga"]);
        assert!(show_link(&open_server, &made.token).await.unwrap().refusal.is_none());
    }

    async fn a_fresh_server_is_set_up_first(db: TestDatabase) {
        let service = db.open().await;
        service.set_sign_up(SignUpPolicy::Open);
        assert!(is_conflict(&sign_up(&service, new_seller("noor")).await));
        assert!(service.needs_setup().await.unwrap(), "the set-up still makes the operator");
    }

    async fn an_open_server_without_mail_makes_an_account_at_once(db: TestDatabase) {
        let (service, by) = open(&db, Clock::System, SignUpPolicy::Open).await;
        assert!(is_conflict(&request_sign_up(&service, "noor@example.com", None)), "mail is off");
        for (new, field) in [
            (NewSeller { password: "short".into(), ..new_seller("noor") }, "password"),
            (NewSeller { password: "noor@example.com 9".into(), ..new_seller("noor") }, "password"),
            (proved("noor"), "email"),
            (NewSeller { email: Some(email("olga@example.com")), ..new_seller("noor") }, "email"),
        ] {
            assert_eq!(field_of(sign_up(&service, new).await), field);
        }
        let noor = sign_up(&service, new_seller("noor")).await.unwrap();
        let owner = member(&service, noor.user, None).await.unwrap();
        assert_eq!((owner.me.account.as_str(), owner.me.role, owner.is_operator), ("Shop", Role::Owner, false));
        // Another seller of the same name gets another account.
        let lise = sign_up(&service, new_seller("lise")).await.unwrap();
        let other = member(&service, lise.user, None).await.unwrap();
        assert_ne!(other.actor.account, owner.actor.account);
        assert_eq!(slugs(&service, &by).await, ["olga", "shop", "shop-2"]);
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_kind || ' ' || actor_name || ' ' || action || ' ' || detail AS text \
                   FROM audit_entries WHERE actor_name = 'noor' ORDER BY id";
        let expected = ["member noor account.created Shop", "member noor member.added noor@example.com as owner"];
        assert_eq!(texts(&connection, sql).await, expected);
    }

    async fn a_network_signs_up_ten_times_an_hour(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let (service, _) = open(&db, clock.clone(), SignUpPolicy::Open).await;
        let from = |address: &str| NewSeller {
            email: Some(email("olga@example.com")),
            address: Some(address.to_owned()),
            ..new_seller("noor")
        };
        for _ in 0..10 {
            assert_eq!(field_of(sign_up(&service, from("192.0.2.1")).await), "email");
        }
        let refused = sign_up(&service, from("192.0.2.1")).await;
        assert!(matches!(refused, Err(Error::TooManyTries(_))));
        assert_eq!(field_of(sign_up(&service, from("192.0.2.2")).await), "email", "another network");
        clock.set(Timestamp::from_millis(AT + 3_600_000));
        assert_eq!(field_of(sign_up(&service, from("192.0.2.1")).await), "email", "an hour later");
    }

    async fn a_mailed_link_proves_the_address_and_works_once(db: TestDatabase) {
        let (service, server) = open_with_mail(&db, Clock::System).await;
        assert!(is_conflict(&sign_up(&service, new_seller("noor")).await), "the address is proved first");
        let link = token(&service, &server, &db, 1).await;
        let shown = show_link(&service, &link).await.unwrap();
        assert_eq!((shown.email.as_deref(), shown.is_address_proved), (Some("noor@example.com"), true));
        assert_eq!((shown.invited_by, shown.refusal), (None, None));
        // The link's address counts, and no other.
        let new = NewSeller { email: Some(email("eve@example.com")), ..proved("noor") };
        let noor = sign_up_by_link(&service, &link, new).await.unwrap();
        let owner = member(&service, noor.user, None).await.unwrap();
        assert_eq!(owner.me.email, "noor@example.com");
        assert!(is_conflict(&sign_up_by_link(&service, &link, proved("eve")).await), "a link works once");
        assert!(show_link(&service, &link).await.unwrap().refusal.is_some());
        let unknown = show_link(&service, "no such token").await;
        assert!(matches!(unknown, Err(Error::NotFound)));
    }

    async fn two_requests_with_one_link_make_one_account(db: TestDatabase) {
        let (service, by) = open(&db, Clock::System, SignUpPolicy::Invitation).await;
        let other = db.open().await;
        other.set_sign_up(SignUpPolicy::Invitation);
        let made = invite_seller(&service, &by, None).await.unwrap();
        let start = Arc::new(Barrier::new(2));
        let run = |service: Service, name: &'static str| {
            let (start, token) = (Arc::clone(&start), made.token.clone());
            tokio::spawn(async move {
                start.wait().await;
                sign_up_by_link(&service, &token, new_seller(name)).await.is_ok()
            })
        };
        let (first, second) = (run(service.clone(), "noor"), run(other, "lise"));
        assert_eq!(usize::from(first.await.unwrap()) + usize::from(second.await.unwrap()), 1);
        assert_eq!(slugs(&service, &by).await, ["olga", "shop"]);
    }

    async fn links_end_by_their_time_and_are_deleted(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let (service, by) = open(&db, clock.clone(), SignUpPolicy::Open).await;
        let server = SmtpServer::start().await;
        server.enable(&service);
        let asked_for = token(&service, &server, &db, 1).await;
        let invited = invite_seller(&service, &by, None).await.unwrap().token;
        clock.set(Timestamp::from_millis(AT + SIGN_UP_LIFETIME_MS - 1));
        assert!(show_link(&service, &asked_for).await.unwrap().refusal.is_none());
        clock.set(Timestamp::from_millis(AT + SIGN_UP_LIFETIME_MS));
        assert!(is_conflict(&sign_up_by_link(&service, &asked_for, proved("noor")).await));
        assert!(show_link(&service, &invited).await.unwrap().refusal.is_none());
        prune(&service, RetentionPolicy { events: 30, audit: None }).await.unwrap();
        assert!(matches!(show_link(&service, &asked_for).await, Err(Error::NotFound)));
        clock.set(Timestamp::from_millis(AT + INVITATION_LIFETIME_MS));
        assert!(is_conflict(&sign_up_by_link(&service, &invited, new_seller("lise")).await));
        assert_eq!(list_seller_invitations(&service, &by).await.unwrap(), []);
        prune(&service, RetentionPolicy { events: 30, audit: None }).await.unwrap();
        assert!(matches!(show_link(&service, &invited).await, Err(Error::NotFound)));
    }

    async fn the_answer_does_not_tell_whether_an_address_is_in_use(db: TestDatabase) {
        let (service, server) = open_with_mail(&db, Clock::System).await;
        for address in ["olga@example.com", "noor@example.com"] {
            assert!(request_sign_up(&service, address, Some("192.0.2.1")).is_ok(), "{address}");
        }
        let mut queued = wait_for_rows(&db, 2).await;
        queued.sort();
        assert_eq!(queued, ["sign_up noor@example.com queued 0", "sign_up olga@example.com queued 0"]);
        send_all(&service).await;
        let subject_to = |to: &str| {
            let received = server.received();
            let mail = received.iter().find(|mail| mail.to == [to]).expect("a mail");
            mail.header("Subject").map(ToOwned::to_owned)
        };
        assert_eq!(subject_to("olga@example.com").as_deref(), Some("You have an account already"));
        assert_eq!(subject_to("noor@example.com").as_deref(), Some("Create your account"));
        let connection = Database::connect(&db.url).await.unwrap();
        assert_eq!(texts(&connection, "SELECT email AS text FROM sign_up_links").await, ["noor@example.com"]);
        // An address gets three mails an hour; the answer stays the same.
        for _ in 0..5 {
            request_sign_up(&service, "olga@example.com", Some("192.0.2.2")).unwrap();
        }
        wait_for_rows(&db, 4).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(rows(&db).await.len(), 4);
        for _ in 0..5 {
            request_sign_up(&service, "olga@example.com", Some("192.0.2.2")).unwrap();
        }
        let refused = request_sign_up(&service, "olga@example.com", Some("192.0.2.2"));
        assert!(matches!(refused, Err(Error::TooManyTries(_))), "ten requests of a network");
    }

    async fn a_second_link_is_refused_once_its_address_has_signed_up(db: TestDatabase) {
        let (service, server) = open_with_mail(&db, Clock::System).await;
        let first = token(&service, &server, &db, 1).await;
        let second = token(&service, &server, &db, 2).await;
        sign_up_by_link(&service, &first, proved("noor")).await.unwrap();
        assert!(is_conflict(&sign_up_by_link(&service, &second, proved("noor")).await));
    }

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
