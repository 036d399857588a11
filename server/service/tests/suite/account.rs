//! Accounts: setup, sign-in, passwords and sessions.

use domain::bounded_text::Name;
use domain::permission::Role;
use domain::rate_limit::RateLimitScope;
use domain::{Email, Timestamp, UserId};
use sea_orm::Database;
use service::account::{
    NewUser, SetupRequest, SignIn, SignInRequest, SignedInUser, add_user, member, reset_password, set_up,
    sign_in,
};
use service::{Error, Principal, Service, node, session};

use test_support::{PASSWORD, on_both_databases, seller, texts};

fn user(email: &str) -> NewUser {
    NewUser {
        email: Email::parse(email).unwrap(),
        name: Name::parse("name", "Ada").unwrap(),
        account: Name::parse("account", "Ada's shop").unwrap(),
        role: Role::Owner,
        is_operator: false,
        password: PASSWORD.to_owned(),
    }
}

fn setup_request(code: &str) -> SetupRequest {
    SetupRequest {
        code: code.to_owned(),
        user: user("ada@example.com"),
        address: None,
        product: Some(domain::product::ProductSettings::with_name(Name::parse("name", "First").unwrap())),
    }
}

async fn attempt(
    service: &Service,
    email: &str,
    password: String,
    address: Option<&str>,
) -> service::Result<SignedInUser> {
    let request = SignInRequest { email, password, address, device_cookie: None, user_agent: None };
    match sign_in(service, request).await? {
        SignIn::Done(signed_in) => Ok(signed_in),
        SignIn::SecondFactor(_) => panic!("no user of these tests has a second factor"),
    }
}

on_both_databases! {
    async fn setup_succeeds_once_and_requires_the_code(db: TestDatabase) {
        let service = db.open().await;
        assert!(service.needs_setup().await.unwrap());
        let wrong = set_up(&service, setup_request("AAAA-BBBB-CCCC")).await;
        assert!(matches!(wrong, Err(Error::Invalid(_))));
        let code = service.setup_code().to_lowercase();
        let (ada, license) = set_up(&service, setup_request(&code)).await.unwrap();
        assert!(license.is_some());
        assert!(!service.needs_setup().await.unwrap());
        assert_eq!(member(&service, ada.user, None).await.unwrap().me.role, Role::Owner);
        let again = set_up(&service, setup_request(&code)).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
    }

    async fn setup_is_blocked_after_ten_wrong_codes(db: TestDatabase) {
        let service = db.open().await;
        for _ in 0..10 {
            let wrong = set_up(&service, setup_request("AAAA-BBBB-CCCC")).await;
            assert!(matches!(wrong, Err(Error::Invalid(_))));
        }
        let code = service.setup_code();
        assert!(matches!(set_up(&service, setup_request(&code)).await, Err(Error::TooManyTries(_))));
    }

    async fn sign_in_requires_the_right_password(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let signed_in = attempt(&service, " ADA@example.com ", PASSWORD.into(), None).await.unwrap();
        assert_eq!(signed_in.user, ada.user);
        for (email, password) in [
            ("ada@example.com", "wrong password"), ("ada@example.com", ""), ("nobody@example.com", PASSWORD),
            ("not an address", PASSWORD),
            ("a\0b@example.com", PASSWORD), ("", ""),
        ] {
            let refused = attempt(&service, email, password.into(), None).await;
            assert!(matches!(refused, Err(Error::BadCredentials)), "{email}");
        }
        let found = member(&service, ada.user, None).await.unwrap();
        assert_eq!((found.actor, found.me.account.as_str()), (ada.actor, "ada"));
        assert!(matches!(member(&service, UserId(service::new_id()), None).await, Err(Error::NotFound)));
    }

    async fn wrong_passwords_from_one_address_do_not_lock_the_owner_out(db: TestDatabase) {
        let service = db.open().await;
        seller(&service, "ada").await;
        for _ in 0..10 {
            let refused = attempt(&service, "ada@example.com", "wrong".into(), Some("192.0.2.1")).await;
            assert!(matches!(refused, Err(Error::BadCredentials)));
        }
        let throttled = attempt(&service, "ada@example.com", PASSWORD.into(), Some("192.0.2.1")).await;
        assert!(matches!(throttled, Err(Error::TooManyTries(_))));
        let owner = attempt(&service, "ada@example.com", PASSWORD.into(), Some("192.0.2.99")).await;
        assert!(owner.is_ok(), "the owner signs in from another address");
    }

    async fn nodes_that_share_limits_give_one_limit_of_attempts(db: TestDatabase) {
        let nodes = [db.open().await, db.open().await];
        let ada = seller(&nodes[0], "ada").await;
        for node in &nodes {
            node.limit_share().set_scope(RateLimitScope::Cluster);
        }
        // Twice, so that the first node learns of the second.
        for node in nodes.iter().chain(&nodes) {
            node::heartbeat(node).await.unwrap();
        }
        let mut admitted = 0;
        for n in 0..24 {
            let tried = attempt(&nodes[n % 2], &ada.email, "wrong".into(), Some("192.0.2.1")).await;
            admitted += usize::from(matches!(tried, Err(Error::BadCredentials)));
        }
        // SQLite has a single node, which shares nothing.
        assert_eq!(admitted, if db.is_sqlite() { 20 } else { 10 });
        for node in &nodes {
            let owner = attempt(node, &ada.email, PASSWORD.into(), Some("192.0.2.99")).await;
            assert!(owner.is_ok(), "the owner signs in from another address");
        }
    }

    async fn a_new_password_lifts_the_throttle(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        for _ in 0..11 {
            let _ = attempt(&service, &ada.email, "wrong".into(), Some("192.0.2.1")).await;
        }
        let email = Email::parse(&ada.email).unwrap();
        reset_password(&service, &email, "zwölf Äpfel im Korb".into()).await.unwrap();
        assert!(attempt(&service, &ada.email, "zwölf Äpfel im Korb".into(), Some("192.0.2.1")).await.is_ok());
    }

    async fn sign_ins_and_failures_are_audited(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        assert!(attempt(&service, &ada.email, "wrong".into(), Some("192.0.2.1")).await.is_err());
        assert!(attempt(&service, &ada.email, PASSWORD.into(), Some("192.0.2.2")).await.is_ok());
        assert!(attempt(&service, "nobody@example.com", PASSWORD.into(), Some("192.0.2.3")).await.is_err());
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_name || ' ' || action || ' ' || COALESCE(detail, ip) AS text FROM audit_entries WHERE action LIKE 'member.sign%' ORDER BY action";
        let mut found = Vec::new();
        for _ in 0..100 {
            found = texts(&connection, sql).await;
            if found.len() == 2 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(found, [
            "Countersign member.sign_in_failed ada@example.com from 192.0.2.1",
            "ada member.signed_in 192.0.2.2",
        ]);
    }

    async fn concurrent_set_ups_create_one_operator(db: TestDatabase) {
        let service = db.open().await;
        let code = service.setup_code();
        let set_ups: Vec<_> = (0..8)
            .map(|n| {
                let (service, mut request) = (service.clone(), setup_request(&code));
                request.user.email = Email::parse(&format!("ada{n}@example.com")).unwrap();
                tokio::spawn(async move { set_up(&service, request).await.is_ok() })
            })
            .collect();
        let mut done = 0;
        for set_up in set_ups {
            done += usize::from(set_up.await.unwrap());
        }
        assert_eq!(done, 1);
    }

    async fn a_new_password_ends_all_sessions(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let stored = || session::SessionRecord { data: "{}".into(), expires_at: Timestamp::MAX, account: None, ..Default::default() };
        assert!(session::create(&service, b"1234567890123456", Some(ada.user), stored()).await.unwrap());
        assert!(!session::create(&service, b"1234567890123456", Some(ada.user), stored()).await.unwrap());
        let email = Email::parse(&ada.email).unwrap();
        reset_password(&service, &email, "a new password".into()).await.unwrap();
        assert!(session::load(&service, b"1234567890123456").await.unwrap().is_none());
        assert!(attempt(&service, &ada.email, PASSWORD.into(), None).await.is_err());
        assert!(attempt(&service, &ada.email, "a new password".into(), None).await.is_ok());
        assert!(matches!(reset_password(&service, &email, "short".into()).await, Err(Error::Invalid(_))));
    }

    async fn an_email_address_belongs_to_one_user(db: TestDatabase) {
        let service = db.open().await;
        add_user(&service, user("ada@example.com"), Principal::Operator).await.unwrap();
        let Err(Error::Invalid(invalid)) = add_user(&service, user("ADA@example.com"), Principal::Operator).await else {
            panic!("a second user with the address")
        };
        assert_eq!(invalid[0].field, "email");
    }

    async fn an_expired_session_is_not_loaded_and_is_deleted(db: TestDatabase) {
        let clock = service::Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let ends = service.now().plus_millis(1000);
        let stored = session::SessionRecord { data: "{}".into(), expires_at: ends, account: None, ..Default::default() };
        session::create(&service, b"1234567890123456", None, stored).await.unwrap();
        assert!(session::load(&service, b"1234567890123456").await.unwrap().is_some());
        clock.set(ends);
        assert!(session::load(&service, b"1234567890123456").await.unwrap().is_none());
        session::delete_expired(&service).await.unwrap();
        clock.set(ends.plus_days(-1));
        assert!(session::load(&service, b"1234567890123456").await.unwrap().is_none(), "swept");
    }

    async fn a_user_joins_an_account_only_by_its_exact_name_or_slug(db: TestDatabase) {
        let service = db.open().await;
        let mut n = 0;
        let mut add = async |name: &str| {
            n += 1;
            let account = Name::parse("account", name).unwrap();
            let new = NewUser { account, ..user(&format!("u{n}@example.com")) };
            add_user(&service, new, Principal::Operator).await.unwrap().0
        };
        let shop = add("C++ Shop").await;
        assert_eq!(add("c++ shop").await, shop, "the same name");
        assert_eq!(add("c-shop").await, shop, "its slug");
        assert_ne!(add("C Shop").await, shop, "another name with the same slug");
        let (tokyo, osaka) = (add("東京").await, add("大阪").await);
        assert_ne!(tokyo, osaka);
        assert_eq!(add("大阪").await, osaka);
    }
}
