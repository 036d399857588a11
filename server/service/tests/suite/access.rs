//! Access by bearer tokens: revocation, expiry, membership, the cache, last uses, and idempotency keys.

use std::time::Duration;

use domain::permission::Role;
use domain::{ApiTokenId, Scope, ScopeSet, Timestamp};
use sea_orm::{ConnectionTrait as _, Database};
use service::access::{self, Holder, Login, LoginAccount, LoginRequest};
use service::api_token::{self, CreatedToken, NewApiToken, TokenChange, TokenName, TokenRights};
use service::customer::{self, NewCustomer};
use service::idempotency::{self, Claimed};
use service::{Actor, Clock, Error, Result, Service, account, member, new_id};
use tokio::time::sleep;

use crate::people::{create as create_customer, named};
use test_support::{PASSWORD, Seller, TestDatabase, on_both_databases, person, seller};

const AT: i64 = 1_800_000_000_000;

fn read_licenses() -> ScopeSet {
    [Scope::LICENSE_READ].into_iter().collect()
}

fn new_token(rights: TokenRights, expires_at: Option<Timestamp>) -> NewApiToken {
    NewApiToken { name: TokenName::parse("name", "shop").unwrap(), rights, expires_at }
}

async fn create(service: &Service, actor: &Actor) -> CreatedToken {
    let new = new_token(TokenRights::Scopes(read_licenses()), None);
    api_token::create_new(service, actor, ScopeSet::of_role(Role::Owner), new).await.unwrap()
}

async fn works(service: &Service, token: &str) -> bool {
    access::authenticate(service, token).await.unwrap().is_some()
}

fn login_of(seller: &Seller, account: LoginAccount, password: &str) -> LoginRequest {
    LoginRequest {
        account,
        email: seller.email.clone(),
        password: password.to_owned(),
        code: None,
        address: Some("192.0.2.1".to_owned()),
    }
}

async fn login(service: &Service, seller: &Seller) -> String {
    let request = login_of(seller, LoginAccount::Id(seller.account), PASSWORD);
    match access::login(service, request).await.unwrap() {
        Login::Token(token) => token,
        Login::CodeRequired | Login::AccountRequired => panic!("a token"),
    }
}

/// Asserts that a token is refused after the time in which every node must learn of it.
async fn refused_in_time(service: &Service, token: &str) {
    sleep(Duration::from_millis(250)).await;
    assert!(!works(service, token).await, "the token still works");
}

/// A node of version 0.1.0 writes the time of the revocation, and notifies no node of the account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_revoked_by_a_node_of_the_former_release_is_refused_within_250_ms() {
    let db = TestDatabase::postgres().await;
    let service = db.open().await;
    let seller = seller(&service, "ada").await;
    let listener = tokio::spawn(service::cache_invalidation::listen(service.clone()));
    let created = create(&service, &seller.actor).await;
    sleep(Duration::from_millis(500)).await;
    assert!(works(&service, &created.token).await && works(&service, &created.token).await);
    let former = Database::connect(&db.url).await.unwrap();
    former.execute_unprepared("UPDATE api_tokens SET revoked_at = 1").await.unwrap();
    refused_in_time(&service, &created.token).await;
    former.close().await.unwrap();
    listener.abort();
}

on_both_databases! {
    async fn a_revoked_token_is_refused_at_once_here_and_within_250_ms_on_other_nodes(db: TestDatabase) {
        let (here, there) = (db.open().await, db.open().await);
        let ada = seller(&here, "ada").await;
        let listeners = [&here, &there].map(|node| tokio::spawn(service::cache_invalidation::listen(node.clone())));
        sleep(Duration::from_millis(500)).await;
        for revoke in [true, false] {
            let made = create(&here, &ada.actor).await;
            assert!(works(&here, &made.token).await && works(&there, &made.token).await);
            if revoke {
                api_token::revoke(&here, &ada.actor, made.id).await.unwrap();
            } else {
                api_token::delete(&here, &ada.actor, made.id).await.unwrap();
            }
            assert!(!works(&here, &made.token).await);
            refused_in_time(&there, &made.token).await;
        }
        listeners.iter().for_each(tokio::task::JoinHandle::abort);
    }

    async fn a_token_that_was_used_reads_no_database(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let made = create(&service, &ada.actor).await;
        let of_member = login(&service, &ada).await;
        let listener = tokio::spawn(service::cache_invalidation::listen(service.clone()));
        sleep(Duration::from_millis(500)).await;
        assert!(works(&service, &made.token).await && works(&service, &of_member).await);
        service.close().await;
        for token in [&made.token, &of_member] {
            assert!(access::cached(&service, token).is_some() && works(&service, token).await);
        }
        listener.abort();
    }

    async fn tokens_end_at_their_expiry(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let new = new_token(TokenRights::Role(Role::Viewer), Some(Timestamp::from_millis(AT + 1000)));
        let made = api_token::create_new(&service, &ada.actor, ScopeSet::of_role(Role::Owner), new).await.unwrap();
        let of_member = login(&service, &ada).await;
        assert!(works(&service, &made.token).await && works(&service, &of_member).await);
        clock.set(Timestamp::from_millis(AT + 1000));
        assert!(!works(&service, &made.token).await && works(&service, &of_member).await);
        clock.set(Timestamp::from_millis(AT + 12 * 3_600_000));
        assert!(!works(&service, &of_member).await);
        let past = new_token(TokenRights::Role(Role::Viewer), Some(Timestamp::from_millis(AT)));
        let refused = api_token::create_new(&service, &ada.actor, ScopeSet::of_role(Role::Owner), past).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }

    async fn tokens_end_with_the_membership_and_the_password(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (account, user, email) = person(&service, "grace", "ada", Role::Admin).await;
        assert_eq!(account, ada.account);
        let grace = Seller { actor: test_support::member(account, user, "grace", Role::Admin), user, email, ..ada.clone() };
        let listener = tokio::spawn(service::cache_invalidation::listen(service.clone()));
        sleep(Duration::from_millis(500)).await;
        let (made, of_grace, of_ada) =
            (create(&service, &grace.actor).await, login(&service, &grace).await, login(&service, &ada).await);
        for token in [&made.token, &of_grace, &of_ada] {
            assert!(works(&service, token).await);
        }
        let role = async |token: &str| access::authenticate(&service, token).await.unwrap().map(|access| access.scopes);
        member::change_role(&service, &ada.actor, user, Role::Viewer).await.unwrap();
        assert_eq!(role(&of_grace).await, Some(ScopeSet::of_role(Role::Viewer)), "the present role counts");
        assert!(!works(&service, &made.token).await, "it ranked above the new role");
        member::remove(&service, &ada.actor, user, member::TokensOfRemoved::HandedOver).await.unwrap();
        assert!(!works(&service, &of_grace).await);
        let email = domain::Email::parse(&ada.email).unwrap();
        account::reset_password(&service, &email, "another password".to_owned()).await.unwrap();
        assert!(!works(&service, &of_ada).await);
        listener.abort();
    }

    async fn a_token_gives_no_scopes_that_it_lacks(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let own: ScopeSet = [Scope::LICENSE_READ, Scope::PERSONAL_ACCESS_TOKEN_WRITE].into_iter().collect();
        let new = new_token(TokenRights::Scopes(own), None);
        let made = api_token::create_new(&service, &ada.actor, ScopeSet::of_role(Role::Owner), new).await.unwrap();
        let actor = api_token::authenticate(&service, &made.token).await.unwrap().unwrap();
        let more = new_token(TokenRights::Scopes([Scope::LICENSE_WRITE].into_iter().collect()), None);
        assert!(matches!(api_token::create_new(&service, &actor, own, more).await, Err(Error::Forbidden)));
        let by_role = new_token(TokenRights::Role(Role::Viewer), None);
        assert!(matches!(api_token::create_new(&service, &actor, own, by_role).await, Err(Error::Forbidden)));
        let none = new_token(TokenRights::Scopes(ScopeSet::default()), None);
        assert!(matches!(api_token::create_new(&service, &actor, own, none).await, Err(Error::Invalid(_))));
        let less = new_token(TokenRights::Scopes(read_licenses()), None);
        let child = api_token::create_new(&service, &actor, own, less).await.unwrap();
        let access = access::authenticate(&service, &child.token).await.unwrap().unwrap();
        assert_eq!((access.scopes, access.holder), (read_licenses(), Holder::ApiToken(child.id)));
        api_token::revoke(&service, &ada.actor, made.id).await.unwrap();
        let late = new_token(TokenRights::Scopes(read_licenses()), None);
        assert!(matches!(api_token::create_new(&service, &actor, own, late).await, Err(Error::Forbidden)), "revoked meanwhile");
    }

    async fn tokens_of_another_seller_are_not_found(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let made = create(&service, &ada.actor).await;
        for id in [made.id, ApiTokenId(new_id())] {
            let change = || TokenChange { name: Some(TokenName::parse("name", "stolen").unwrap()), revoke: true };
            let done: [Result<()>; 4] = [
                api_token::find(&service, &eve.actor, api_token::Visible::All, id).await.map(drop),
                api_token::change(&service, &eve.actor, id, change()).await,
                api_token::revoke(&service, &eve.actor, id).await,
                api_token::delete(&service, &eve.actor, id).await,
            ];
            assert!(done.iter().all(|done| matches!(done, Err(Error::NotFound))), "{done:?}");
        }
        assert!(works(&service, &made.token).await);
    }

    async fn last_uses_are_written_to_the_minute(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT + 30_001));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let made = create(&service, &ada.actor).await;
        let last_used = async || api_token::list(&service, &ada.actor).await.unwrap()[0].last_used_at;
        assert_eq!(last_used().await, None);
        for (now, minute) in [(30_001, 0), (59_999, 0), (60_000, 60_000)] {
            clock.set(Timestamp::from_millis(AT + now));
            assert!(works(&service, &made.token).await);
            access::flush_last_uses(&service).await.unwrap();
            assert_eq!(last_used().await, Some(Timestamp::from_millis(AT + minute)), "{now}");
        }
    }

    async fn visits_of_customers_are_written_once_in_five_minutes(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let new = NewCustomer { password: Some("12345678".to_owned()), ..named("Bea", "Buyer", "bea@x.example") };
        let id = create_customer(&service, &ada, new).await.id;
        let times = async || {
            access::flush_last_uses(&service).await.unwrap();
            let record = customer::show_record(&service, &ada.actor, id).await.unwrap();
            let since = |at: Option<Timestamp>| at.map(|at| at.millis() - AT);
            (since(record.last_login_at), since(record.last_seen_at))
        };
        assert_eq!(times().await, (None, None));
        let sign_in = async || {
            let account = LoginAccount::Id(ada.account);
            let request = LoginRequest { email: "bea@x.example".to_owned(), ..login_of(&ada, account, "12345678") };
            match access::login(&service, request).await.unwrap() {
                Login::Token(token) => token,
                Login::CodeRequired | Login::AccountRequired => panic!("a token"),
            }
        };
        let token = sign_in().await;
        assert_eq!(times().await, (Some(0), Some(0)));
        for (now, seen) in [(60_000, 0), (299_999, 0), (300_000, 0), (360_001, 360_001), (659_999, 360_001)] {
            clock.set(Timestamp::from_millis(AT + now));
            assert!(works(&service, &token).await);
            assert_eq!(times().await, (Some(0), Some(seen)), "{now}");
        }
        clock.set(Timestamp::from_millis(AT + 700_000));
        sign_in().await;
        assert_eq!(times().await, (Some(700_000), Some(700_000)), "a sign-in is kept at once");
        // A node that saw the customer earlier writes later.
        let slow = db.open_at(Clock::manual(Timestamp::from_millis(AT + 650_000))).await;
        assert!(works(&slow, &token).await);
        access::flush_last_uses(&slow).await.unwrap();
        assert_eq!(times().await, (Some(700_000), Some(700_000)), "the later times stay");
        let (mut document, mut parts) = (String::new(), customer::export(&service, &ada.actor, id).await.unwrap());
        while let Some(part) = parts.next().await {
            document.push_str(&part.unwrap());
        }
        let exported: serde_json::Value = serde_json::from_str(&document).unwrap();
        let at = Timestamp::from_millis(AT + 700_000).rfc3339();
        for field in ["last_login_at", "last_seen_at"] {
            assert_eq!(exported["customer"][field], at.as_str(), "{field}");
        }
    }

    async fn of_requests_with_one_key_at_once_one_is_the_first(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (account, token) = (ada.account, new_id());
        let claims = (0..32).map(|_| {
            let service = service.clone();
            tokio::spawn(async move { idempotency::claim(&service, account, token, "key", b"a").await.unwrap() })
        });
        let mut first = Vec::new();
        for claimed in claims.collect::<Vec<_>>() {
            match claimed.await.unwrap() {
                Claimed::First(claim) => first.push(claim),
                other => assert_eq!(other, Claimed::Running),
            }
        }
        assert_eq!(first.len(), 1);
        idempotency::keep(&service, first[0], b"answer").await.unwrap();
        let claim = async |token, key: &str, request: &[u8]| {
            idempotency::claim(&service, ada.account, token, key, request).await.unwrap()
        };
        assert_eq!(claim(token, "key", b"a").await, Claimed::Answered(b"answer".to_vec()));
        assert_eq!(claim(token, "key", b"b").await, Claimed::Reused);
        assert!(matches!(claim(new_id(), "key", b"a").await, Claimed::First(_)), "another token");
        let Claimed::First(other) = claim(token, "other", b"a").await else { panic!("the first") };
        idempotency::discard(&service, other).await.unwrap();
        assert!(matches!(claim(token, "other", b"a").await, Claimed::First(_)));
    }

    async fn a_lost_request_and_an_old_answer_give_their_key_back(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let token = new_id();
        let claim = async || idempotency::claim(&service, ada.account, token, "key", b"a").await.unwrap();
        assert!(matches!(claim().await, Claimed::First(_)));
        assert_eq!(claim().await, Claimed::Running);
        clock.set(Timestamp::from_millis(AT + 60_000));
        let Claimed::First(again) = claim().await else { panic!("the first") };
        idempotency::keep(&service, again, b"answer").await.unwrap();
        assert_eq!(claim().await, Claimed::Answered(b"answer".to_vec()));
        clock.set(Timestamp::from_millis(AT + 60_000 + 86_400_000));
        assert!(matches!(claim().await, Claimed::First(_)));
    }

    async fn a_sign_in_needs_every_part_to_be_right(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        for account in [LoginAccount::Only, LoginAccount::Id(ada.account), LoginAccount::Slug("ADA".to_owned())] {
            let done = access::login(&service, login_of(&ada, account, PASSWORD)).await;
            assert!(matches!(done, Ok(Login::Token(_))));
        }
        for (account, password) in [
            (LoginAccount::Only, "wrong password"),
            (LoginAccount::Id(eve.account), PASSWORD),
            (LoginAccount::Slug("nobody".to_owned()), PASSWORD),
        ] {
            let done = access::login(&service, login_of(&ada, account, password)).await;
            assert!(matches!(done, Err(Error::BadCredentials)));
        }
        crate::second_factor::switch_on(&service, &ada.actor).await;
        let done = access::login(&service, login_of(&ada, LoginAccount::Only, PASSWORD)).await;
        assert!(matches!(done, Ok(Login::CodeRequired)));
        let wrong = LoginRequest { code: Some("000000".to_owned()), ..login_of(&ada, LoginAccount::Only, PASSWORD) };
        assert!(matches!(access::login(&service, wrong).await, Err(Error::BadCredentials)));
    }
}
