//! Sign-up of new sellers: the policy, links that prove an address, invitations of the operator, and races.

mod invitations;
mod links;
mod users;

use domain::bounded_text::Name;
use domain::permission::Role;
use domain::sign_up::SignUpPolicy;
use domain::view::SellerQuery;
use domain::{Email, Timestamp};
use sea_orm::Database;
use service::account::{Member, member};
use service::operator::{invite_seller, list_sellers, withdraw_seller_invitation};
use service::sign_up::{NewSeller, request_sign_up, show_link, sign_up, sign_up_by_link};
use service::{Clock, Error, Result, Service};

use crate::mail::{send_all, wait_for_rows};
use test_support::smtp::SmtpServer;
use test_support::{PASSWORD, Seller, TestDatabase, new_operator, on_both_databases, texts};

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
}
