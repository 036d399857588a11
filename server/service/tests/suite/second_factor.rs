//! The second factor: set-up, sign-in, recovery codes, the rule of an account, and races for a code.

use std::sync::Arc;

use domain::Timestamp;
use domain::permission::Role;
use sea_orm::Database;
use service::account::second_factor::{
    PendingSignIn, Proof, begin, confirm, disable, renew_recovery_codes, require, reset, setup_of, show,
    verify,
};
use service::account::{
    SignIn, SignInRequest, change_password, member, rename_user, reset_password, sign_in,
};
use service::{Actor, Clock, Error, Service, session};
use tokio::sync::Barrier;
use totp_rs::{Builder, Secret};

use test_support::{PASSWORD, Seller, on_both_databases, person, seller, texts};

const AT: i64 = 1_800_000_000_000;

/// Begins the set-up. Returns its time, and the secret as an app reads it.
async fn begin_set_up(service: &Service, actor: &Actor) -> (Option<Timestamp>, String) {
    let made_at = Some(begin(service, actor, PASSWORD.to_owned()).await.unwrap());
    let set_up = setup_of(service, actor, made_at).await.unwrap().expect("a secret");
    (made_at, set_up.secret.replace(' ', ""))
}

/// The code that an app with this secret shows.
fn code(secret: &str, at: Timestamp) -> String {
    let secret = Secret::try_from_base32(secret).expect("base32");
    let totp = Builder::new().with_secret(secret).build().expect("a secret of 160 bits");
    totp.generate(u64::try_from(at.seconds()).expect("after 1970")).to_string()
}

/// Switches the second factor on. Returns the secret and the recovery codes.
pub async fn switch_on(service: &Service, actor: &Actor) -> (String, Vec<String>) {
    let (made_at, secret) = begin_set_up(service, actor).await;
    let (_, codes) = confirm(service, actor, made_at, &code(&secret, service.now())).await.unwrap();
    (secret, codes)
}

/// Types the right password.
async fn pending(service: &Service, seller: &Seller) -> PendingSignIn {
    let request = SignInRequest {
        email: &seller.email,
        password: PASSWORD.into(),
        address: None,
        device_cookie: None,
        user_agent: None,
    };
    match sign_in(service, request).await.unwrap() {
        SignIn::SecondFactor(pending) => pending,
        SignIn::Done(_) => panic!("signed in by the password alone"),
    }
}

/// The right password and this code.
fn proof(code: &str) -> Proof {
    Proof { password: PASSWORD.to_owned(), code: Some(code.to_owned()) }
}

/// Changes everything about the seller's own sign-in, for the words that it writes. The password stays, and the
/// second factor is off at the end.
pub async fn change_sign_in(service: &Service, seller: &Seller) {
    let actor = &seller.actor;
    rename_user(service, actor, &domain::bounded_text::Name::parse("name", "Ada K.").unwrap()).await.unwrap();
    rename_user(service, actor, &domain::bounded_text::Name::parse("name", "ada").unwrap()).await.unwrap();
    let (_, codes) = switch_on(service, actor).await;
    require(service, actor, true).await.unwrap();
    require(service, actor, false).await.unwrap();
    let codes = renew_recovery_codes(service, actor, proof(&codes[0])).await.unwrap();
    for (code, new) in codes.iter().zip(["another good password", PASSWORD]) {
        let password = if new == PASSWORD { "another good password" } else { PASSWORD }.to_owned();
        let proof = Proof { password, code: Some(code.clone()) };
        change_password(service, actor, proof, new.to_owned()).await.unwrap();
    }
    disable(service, actor, proof(&codes[2])).await.unwrap();
    let stored =
        session::SessionRecord { data: "{}".into(), expires_at: Timestamp::MAX, ..Default::default() };
    session::create(service, b"9234567890123456", Some(seller.user), stored).await.unwrap();
    assert_eq!(session::end_others(service, actor, b"8234567890123456").await.unwrap(), 1);
}

/// Returns the field that was refused.
fn refused_field<T>(result: service::Result<T>) -> &'static str {
    match result {
        Err(Error::Invalid(faults)) => faults[0].field,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    }
}

fn is_conflict<T>(result: &service::Result<T>) -> bool {
    matches!(result, Err(Error::Conflict(_)))
}

on_both_databases! {
    async fn a_sign_in_needs_a_code_once_the_app_has_proved_its_secret(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        assert_eq!(refused_field(begin(&service, &ada.actor, "wrong".into()).await), "password");
        assert!(is_conflict(&confirm(&service, &ada.actor, None, "123456").await), "no secret was made");
        let (made_at, secret) = begin_set_up(&service, &ada.actor).await;
        assert_eq!(refused_field(confirm(&service, &ada.actor, made_at, "000000").await), "code");
        assert!(!show(&service, &ada.actor).await.unwrap().is_on(), "an unconfirmed secret does not count");
        let shown = code(&secret, service.now());
        assert!(setup_of(&service, &ada.actor, None).await.unwrap().is_none(), "another session");
        assert!(is_conflict(&confirm(&service, &ada.actor, None, &shown).await), "another session");
        let (signed_in, codes) = confirm(&service, &ada.actor, made_at, &shown).await.unwrap();
        assert_eq!(signed_in.user, ada.user);
        assert_eq!(codes.len(), 10);
        assert!(setup_of(&service, &ada.actor, made_at).await.unwrap().is_none(), "the secret is shown before only");
        assert!(is_conflict(&begin(&service, &ada.actor, PASSWORD.into()).await));

        let first = pending(&service, &ada).await;
        let used = code(&secret, service.now());
        assert_eq!(refused_field(verify(&service, &first, &used, None).await), "code", "it confirmed the set-up");
        clock.set(service.now().plus_millis(30_000));
        let next = code(&secret, service.now());
        let signed_in = verify(&service, &first, &next, None).await.unwrap();
        assert_eq!(signed_in.user, ada.user);
        assert_eq!(refused_field(verify(&service, &first, &next, None).await), "code", "a code works once");
        assert_eq!(refused_field(verify(&service, &first, &used, None).await), "code", "an earlier step");

        clock.set(service.now().plus_millis(600_001));
        let late = verify(&service, &first, &code(&secret, service.now()), None).await;
        assert!(is_conflict(&late), "the password was typed too long ago");
    }

    async fn an_unconfirmed_secret_expires(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let (made_at, secret) = begin_set_up(&service, &ada.actor).await;
        clock.set(service.now().plus_millis(600_001));
        assert!(setup_of(&service, &ada.actor, made_at).await.unwrap().is_none());
        assert!(is_conflict(&confirm(&service, &ada.actor, made_at, &code(&secret, service.now())).await));
    }

    async fn a_recovery_code_signs_in_once(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(AT))).await;
        let ada = seller(&service, "ada").await;
        let (_, codes) = switch_on(&service, &ada.actor).await;
        let first = pending(&service, &ada).await;
        let typed = codes[0].to_lowercase().replace('-', " ");
        verify(&service, &first, &typed, None).await.unwrap();
        assert_eq!(refused_field(verify(&service, &first, &codes[0], None).await), "code");
        assert_eq!(show(&service, &ada.actor).await.unwrap().recovery_codes_left, 9);
        let renewed = renew_recovery_codes(&service, &ada.actor, proof(&codes[1])).await.unwrap();
        assert_eq!(refused_field(verify(&service, &first, &codes[2], None).await), "code", "replaced");
        verify(&service, &first, &renewed[0], None).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT action AS text FROM audit_entries WHERE action LIKE 'user.%' ORDER BY id";
        assert_eq!(texts(&connection, sql).await, [
            "user.second_factor_enabled", "user.recovery_code_used", "user.recovery_code_used",
            "user.recovery_codes_renewed", "user.recovery_code_used",
        ]);
    }

    async fn a_code_that_two_browsers_use_at_once_signs_one_in(db: TestDatabase) {
        let services = [db.open_at(Clock::manual(Timestamp::from_millis(AT + 60_000))).await, db.open_at(Clock::manual(Timestamp::from_millis(AT + 60_000))).await];
        let ada = seller(&services[0], "ada").await;
        let (secret, codes) = switch_on(&services[0], &ada.actor).await;
        let later = Timestamp::from_millis(AT + 90_000);
        for typed in [code(&secret, later), codes[0].clone()] {
            let first = pending(&services[0], &ada).await;
            let start = Arc::new(Barrier::new(2));
            let tasks: Vec<_> = services.iter().map(|service| {
                let (service, first, typed, start) = (service.clone(), first.clone(), typed.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    verify(&service, &first, &typed, None).await.is_ok()
                })
            }).collect();
            let mut signed_in = 0;
            for task in tasks {
                signed_in += usize::from(task.await.unwrap());
            }
            assert_eq!(signed_in, 1, "{typed}");
        }
    }

    async fn guesses_of_codes_are_limited_for_each_user(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(AT))).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (_, codes) = switch_on(&service, &ada.actor).await;
        let (_, codes_of_eve) = switch_on(&service, &eve.actor).await;
        let (first, other) = (pending(&service, &ada).await, pending(&service, &eve).await);
        for n in 0..10 {
            let address = format!("192.0.2.{n}");
            assert_eq!(refused_field(verify(&service, &first, "000000", Some(&address)).await), "code");
        }
        let refused = verify(&service, &first, &codes[0], Some("198.51.100.1")).await;
        assert!(matches!(refused, Err(Error::TooManyTries(_))), "from any address");
        verify(&service, &other, &codes_of_eve[0], None).await.unwrap();
        // Guesses at the sign-in keep no signed-in user from a new password, which ends them.
        change_password(&service, &ada.actor, proof(&codes[0]), "another good password".into()).await.unwrap();
    }

    async fn a_sign_in_that_began_before_the_second_factor_opens_no_session(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(AT))).await;
        let ada = seller(&service, "ada").await;
        let request = SignInRequest {
            email: &ada.email,
            password: PASSWORD.into(),
            address: None,
            device_cookie: None,
            user_agent: None,
        };
        let SignIn::Done(before) = sign_in(&service, request).await.unwrap() else { panic!("no factor yet") };
        switch_on(&service, &ada.actor).await;
        let present = member(&service, ada.user, None).await.unwrap().credential_version;
        assert!(before.credential_version != present);
    }

    async fn a_code_of_another_user_is_refused(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(AT))).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (_, codes) = switch_on(&service, &ada.actor).await;
        switch_on(&service, &eve.actor).await;
        let other = pending(&service, &eve).await;
        assert_eq!(refused_field(verify(&service, &other, &codes[0], None).await), "code");
    }

    async fn a_new_password_ends_pending_sign_ins_and_other_sessions(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(AT))).await;
        let ada = seller(&service, "ada").await;
        let (_, codes) = switch_on(&service, &ada.actor).await;
        let first = pending(&service, &ada).await;
        let id = b"1234567890123456";
        let record = || session::SessionRecord {
            data: "{}".into(), expires_at: Timestamp::MAX, user_agent: Some("Firefox/140 (Linux)".into()),
            ..Default::default()
        };
        session::create(&service, id, Some(ada.user), record()).await.unwrap();
        let listed = session::list(&service, &ada.actor, id).await.unwrap();
        assert_eq!((listed.len(), listed[0].is_current, listed[0].browser.as_str()), (1, true, "Firefox on Linux"));
        let new = "another good password".to_owned();
        let change = async |proof, new: &str| change_password(&service, &ada.actor, proof, new.to_owned()).await;
        let wrong = Proof { password: "wrong".into(), code: None };
        assert_eq!(refused_field(change(wrong, &new).await), "password");
        assert_eq!(refused_field(change(proof(&codes[1]), "short").await), "new_password");
        assert_eq!(refused_field(change(proof(&codes[1]), "my ada@example.com").await), "new_password", "own words");
        assert_eq!(refused_field(change(proof("000000"), &new).await), "code");
        assert!(session::load(&service, id).await.unwrap().is_some());
        let changed = change(proof(&codes[1]), &new).await.unwrap();
        assert!(session::load(&service, id).await.unwrap().is_none());
        assert!(changed.credential_version != first.credential_version);
        assert!(is_conflict(&verify(&service, &first, &codes[0], None).await));
    }

    async fn a_user_ends_own_sessions_and_no_others(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let ids = [*b"1234567890123456", *b"2234567890123456", *b"3234567890123456", *b"4234567890123456"];
        for (id, user) in ids.iter().zip([ada.user, ada.user, ada.user, eve.user]) {
            let stored = session::SessionRecord { data: "{}".into(), expires_at: Timestamp::MAX, ..Default::default() };
            session::create(&service, id, Some(user), stored).await.unwrap();
        }
        let of_eve = session::list(&service, &eve.actor, &ids[3]).await.unwrap();
        assert!(matches!(session::end(&service, &ada.actor, &of_eve[0].id).await, Err(Error::NotFound)));
        let other = session::list(&service, &ada.actor, &ids[0]).await.unwrap();
        let other = other.iter().find(|session| !session.is_current).unwrap();
        session::end(&service, &ada.actor, &other.id).await.unwrap();
        assert_eq!(session::end_others(&service, &ada.actor, &ids[0]).await.unwrap(), 1);
        let open: Vec<bool> = [
            session::load(&service, &ids[0]).await, session::load(&service, &ids[3]).await,
        ].into_iter().map(|loaded| loaded.unwrap().is_some()).collect();
        assert_eq!(open, [true, true]);
        assert_eq!(session::list(&service, &ada.actor, &ids[0]).await.unwrap().len(), 1);
    }

    async fn an_account_requires_the_second_factor(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(AT))).await;
        let ada = seller(&service, "ada").await;
        let (account, grace, _) = person(&service, "grace", "ada", Role::Admin).await;
        let admin = test_support::member(account, grace, "grace", Role::Admin);
        assert!(matches!(require(&service, &admin, true).await, Err(Error::Forbidden)));
        assert!(is_conflict(&require(&service, &ada.actor, true).await), "the owner would lose access");
        let (_, codes) = switch_on(&service, &ada.actor).await;
        require(&service, &ada.actor, true).await.unwrap();
        assert!(member(&service, grace, None).await.unwrap().must_set_up_second_factor);
        assert!(!member(&service, ada.user, None).await.unwrap().must_set_up_second_factor);
        assert!(is_conflict(&disable(&service, &ada.actor, proof(&codes[0])).await));
        switch_on(&service, &admin).await;
        assert!(!member(&service, grace, None).await.unwrap().must_set_up_second_factor);
        require(&service, &ada.actor, false).await.unwrap();
        disable(&service, &ada.actor, proof(&codes[0])).await.unwrap();
        assert!(!show(&service, &ada.actor).await.unwrap().is_on());
    }

    async fn the_operator_removes_a_lost_second_factor(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(AT))).await;
        let ada = seller(&service, "ada").await;
        switch_on(&service, &ada.actor).await;
        let email = domain::Email::parse(&ada.email).unwrap();
        reset_password(&service, &email, "another good password".into()).await.unwrap();
        assert!(show(&service, &ada.actor).await.unwrap().is_on(), "a new password leaves it on");
        reset(&service, &email).await.unwrap();
        let view = show(&service, &ada.actor).await.unwrap();
        assert!(!view.is_on() && view.recovery_codes_left == 0);
        assert!(is_conflict(&reset(&service, &email).await), "removed already");
    }

    async fn secrets_are_sealed_and_survive_a_rotation_of_the_master_key(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(AT))).await;
        let ada = seller(&service, "ada").await;
        let (_, codes) = switch_on(&service, &ada.actor).await;
        begin(&service, &seller(&service, "eve").await.actor, PASSWORD.into()).await.unwrap();
        service::key_rotation::begin(&service, service::secrets::MasterKey::generate()).await.unwrap();
        while service::key_rotation::reseal(&service, |_| {}).await.unwrap() > 0 {}
        service::key_rotation::finish(&service).await.unwrap();
        let first = pending(&service, &ada).await;
        assert_eq!(refused_field(verify(&service, &first, "000000", None).await), "code", "the secret opens");
        verify(&service, &first, &codes[0], None).await.unwrap();
    }

    async fn a_user_changes_the_own_name(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let name = domain::bounded_text::Name::parse("name", "Ada K.").unwrap();
        rename_user(&service, &ada.actor, &name).await.unwrap();
        assert_eq!(member(&service, ada.user, None).await.unwrap().me.name, "Ada K.");
    }
}
