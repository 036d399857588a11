//! Customers with organization, tags, metadata and password.

use domain::customer::{CustomerRef, Identity};
use domain::license::NewLicense;
use domain::permission::Role;
use domain::{CustomerId, OrganizationId};
use sea_orm::Database;
use service::customer::{self, CustomerChange, MetadataChange, NewCustomer, Saved};
use service::{Actor, Error, Principal, license, new_id};

use super::{change, create, create_organization, fields, named, tags};
use crate::customer::email;
use test_support::{member, on_both_databases, seller, texts};

on_both_databases! {
    async fn one_of_twenty_equal_creations_succeeds_and_is_visible(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..20 {
            let (service, actor) = (service.clone(), seller.actor.clone());
            let new = named("Bea", &n.to_string(), if n % 2 == 0 { "bea@x.example" } else { "BEA@x.example" });
            tasks.spawn(async move {
                let end = customer::create(&service, &actor, new).await.unwrap();
                // Whatever the end: the customer is there.
                let found = customer::find(&service, &actor, &CustomerRef::Email(email("bea@x.example"))).await;
                (matches!(end, Saved::Saved(_)), end == Saved::DuplicateEmail, found.is_ok())
            });
        }
        let (mut made, mut refused) = (0, 0);
        while let Some(end) = tasks.join_next().await {
            let (is_made, is_refused, is_visible) = end.unwrap();
            assert!(is_visible);
            made += usize::from(is_made);
            refused += usize::from(is_refused);
        }
        assert_eq!((made, refused), (1, 19));
        let connection = Database::connect(&db.url).await.unwrap();
        let created = "SELECT action AS text FROM audit_entries WHERE action = 'customer.created'";
        assert_eq!(texts(&connection, created).await.len(), 1);
    }

    async fn customers_rename_themselves_alone(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let bea = create(&service, &ada, NewCustomer { tags: tags("vip"), ..named("Bea", "Buyer", "bea@x.example") }).await;
        let own = |account, customer| Actor { account, principal: Principal::Customer { customer, ip: None } };
        let name = |text: &str| Some(text.to_owned());
        let actor = own(ada.account, Some(bea.id));
        let renamed = customer::rename_own(&service, &actor, name("Beatrice"), None).await.unwrap();
        assert_eq!((renamed.name.first.as_str(), renamed.name.last.as_str()), ("Beatrice", "Buyer"));
        assert!(renamed.tags.is_empty(), "tags are the seller's own");
        let stored = customer::show_record(&service, &ada.actor, bea.id).await.unwrap();
        assert_eq!((&stored.name, &stored.tags), (&renamed.name, &bea.tags));
        let repeated = customer::rename_own(&service, &actor, name("Beatrice"), name("Buyer")).await.unwrap();
        assert_eq!(repeated.updated_at, renamed.updated_at, "the same name is no change");
        let nameless = customer::rename_own(&service, &actor, name(""), None).await;
        assert!(matches!(nameless, Err(Error::Invalid(_))));
        for stranger in [ada.actor.clone(), own(ada.account, None)] {
            let refused = customer::rename_own(&service, &stranger, name("X"), None).await;
            assert!(matches!(refused, Err(Error::Forbidden)));
        }
        let elsewhere = customer::rename_own(&service, &own(eve.account, Some(bea.id)), name("X"), None).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)));
        let connection = Database::connect(&db.url).await.unwrap();
        let actors = "SELECT actor_kind AS text FROM audit_entries WHERE action = 'customer.updated'";
        assert_eq!(texts(&connection, actors).await, ["customer"]);
    }

    async fn what_was_entered_is_answered_and_an_echo_is_no_change(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let initech = create_organization(&service, &seller, "Initech").await;
        let new = NewCustomer {
            company: "Initech Inc.".into(),
            password: Some("12345678".into()),
            organization: Some(initech),
            metadata: fields(&[("order", "SO-1"), ("Plan", "")]),
            tags: tags("VIP, beta"),
            ..named("Bea Betty", "Buyer", "bea@x.example")
        };
        let made = create(&service, &seller, new).await;
        assert_eq!((made.name.first.as_str(), made.name.last.as_str()), ("Bea Betty", "Buyer"));
        assert_eq!(made.tags, ["VIP", "beta"]);
        assert_eq!(made.metadata.iter().map(|f| (&*f.key, &*f.value)).collect::<Vec<_>>(), [("order", "SO-1"), ("Plan", "")]);
        assert_eq!(made.organization.as_ref().map(|found| found.id), Some(initech));
        let connection = Database::connect(&db.url).await.unwrap();
        let count = async || texts(&connection, "SELECT action AS text FROM audit_entries").await.len();
        let before = count().await;
        let echo = CustomerChange {
            first_name: Some(made.name.first.clone()),
            last_name: Some(made.name.last.clone()),
            email: Some(Some(email("BEA@x.example"))),
            company: Some(made.company.clone()),
            role: Some(made.role),
            organization: Some(Some(initech)),
            portal_access: Some(true),
            metadata: MetadataChange::Merge(fields(&[("ORDER", "SO-1"), ("Plan", "")])),
            tags: Some(tags("vip, BETA")),
            may_remove_name: false,
        };
        assert_eq!(change(&service, &seller, made.id, echo).await, made);
        assert_eq!(count().await, before, "no event");
        let hashes = texts(&connection, "SELECT password_hash AS text FROM customers WHERE password_hash IS NOT NULL").await;
        assert!(hashes[0].starts_with("$argon2id$"), "{hashes:?}");
    }

    async fn a_change_writes_what_it_was_given(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let new = NewCustomer { metadata: fields(&[("a", "1"), ("b", "2")]), tags: tags("vip"), ..named("Bea", "Buyer", "bea@x.example") };
        let made = create(&service, &seller, new).await;
        let changed = change(&service, &seller, made.id, CustomerChange {
            first_name: Some("Bea B.".into()),
            metadata: MetadataChange::Merge(fields(&[("B", "3"), ("c", "4")])),
            ..CustomerChange::default()
        }).await;
        assert_eq!(changed.name.joined(), "Bea B. Buyer");
        assert_eq!(changed.metadata.iter().map(|f| (&*f.key, &*f.value)).collect::<Vec<_>>(), [("a", "1"), ("b", "3"), ("c", "4")]);
        assert_eq!((changed.tags, changed.email), (made.tags, made.email));
        assert!(changed.updated_at >= made.updated_at);
        // The name is found by search, also in its new form.
        let found = crate::customer::found(&service, &seller, "buyer").await;
        assert_eq!(found[0].name.as_deref(), Some("Bea B. Buyer"));
        // Fields that the API requires are not removed.
        for (removed, field) in [
            (CustomerChange { first_name: Some(String::new()), ..CustomerChange::default() }, "first_name"),
            (CustomerChange { email: Some(None), ..CustomerChange::default() }, "email"),
        ] {
            let refused = customer::change(&service, &seller.actor, made.id, removed).await;
            let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
            assert_eq!(faults[0].field, field);
        }
    }

    async fn clashes_and_unknown_organizations_change_nothing(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let of_eve = create_organization(&service, &eve, "Evil").await;
        let bea = create(&service, &ada, named("Bea", "", "bea@x.example")).await;
        create(&service, &ada, named("Jo", "", "jo@x.example")).await;
        let end = customer::change(&service, &ada.actor, bea.id, CustomerChange {
            first_name: Some("Changed".into()),
            email: Some(Some(email("jo@x.example"))),
            ..CustomerChange::default()
        }).await.unwrap();
        assert_eq!(end, Saved::DuplicateEmail);
        for organization in [of_eve, OrganizationId(new_id())] {
            let end = customer::change(&service, &ada.actor, bea.id, CustomerChange {
                first_name: Some("Changed".into()),
                organization: Some(Some(organization)),
                ..CustomerChange::default()
            }).await.unwrap();
            assert_eq!(end, Saved::NoSuchOrganization);
            let new = NewCustomer { organization: Some(organization), ..named("Al", "", "al@x.example") };
            assert_eq!(customer::create(&service, &ada.actor, new).await.unwrap(), Saved::NoSuchOrganization);
        }
        assert_eq!(customer::show_record(&service, &ada.actor, bea.id).await.unwrap(), bea);
        assert!(matches!(customer::show_record(&service, &eve.actor, bea.id).await, Err(Error::NotFound)));
    }

    async fn licenses_stay_when_their_customer_is_deleted(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let bea = create(&service, &seller, NewCustomer { tags: tags("vip"), metadata: fields(&[("a", "1")]), ..named("Bea", "Buyer", "bea@x.example") }).await;
        let new = NewLicense {
            count: 201,
            customer_email: Some(email("bea@x.example")),
            ..NewLicense::for_product(seller.product.id)
        };
        let issued = license::issue(&service, &seller.actor, new).await.unwrap();
        let reason = domain::license::Reason::parse("reason", "Bea Buyer did not pay").unwrap();
        license::suspend(&service, &seller.actor, issued[0].id, Some(reason)).await.unwrap();
        customer::delete(&service, &seller.actor, bea.id).await.unwrap();
        for license in [&issued[0], &issued[200]] {
            let shown = license::show(&service, &seller.actor, license.id).await.unwrap();
            assert_eq!((shown.customer_id, shown.customer_name), (None, None));
        }
        assert!(matches!(customer::show_record(&service, &seller.actor, bea.id).await, Err(Error::NotFound)));
        assert!(matches!(customer::delete(&service, &seller.actor, bea.id).await, Err(Error::NotFound)));
        let connection = Database::connect(&db.url).await.unwrap();
        let reported = "SELECT coalesce(detail, '') || actor_name AS text FROM audit_entries UNION ALL \
                    SELECT changes FROM audit_changes UNION ALL SELECT coalesce(state_reason, '') FROM licenses";
        for text in texts(&connection, reported).await {
            assert!(!text.contains("Bea") && !text.contains("bea@"), "{text}");
        }
        // The address is free again.
        create(&service, &seller, named("Bea", "", "bea@x.example")).await;
    }

    async fn an_erased_customer_keeps_nothing_of_the_person(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let initech = create_organization(&service, &seller, "Initech").await;
        let new = NewCustomer {
            company: "Buyer & Sons".into(),
            password: Some("12345678".into()),
            organization: Some(initech),
            metadata: fields(&[("phone", "Bea 555")]),
            tags: tags("vip"),
            ..named("Bea", "Buyer", "bea@x.example")
        };
        let bea = create(&service, &seller, new).await;
        change(&service, &seller, bea.id, CustomerChange {
            last_name: Some("Bought".into()),
            company: Some("Bought".into()),
            ..CustomerChange::default()
        }).await;
        customer::erase(&service, &seller.actor, bea.id).await.unwrap();
        let erased = customer::show_record(&service, &seller.actor, bea.id).await.unwrap();
        assert_eq!((erased.name.joined(), erased.email, erased.company), (String::new(), None, String::new()));
        assert!(erased.organization.is_none() && erased.metadata.is_empty() && erased.tags.is_empty());
        let connection = Database::connect(&db.url).await.unwrap();
        let reported = "SELECT coalesce(detail, '') AS text FROM audit_entries UNION ALL SELECT changes FROM audit_changes \
                    UNION ALL SELECT term FROM customer_terms";
        for text in texts(&connection, reported).await {
            let text = text.to_lowercase();
            assert!(["bea", "bought", "buyer"].iter().all(|word| !text.contains(word)), "{text}");
        }
        assert!(texts(&connection, "SELECT password_hash AS text FROM customers WHERE password_hash IS NOT NULL").await.is_empty());
        assert!(!customer_is_found(&service, &seller, "sons").await);
    }

    async fn a_merged_customer_leaves_what_the_other_lacks(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let initech = create_organization(&service, &seller, "Initech").await;
        let kept = create(&service, &seller, NewCustomer { metadata: fields(&[("a", "1")]), tags: tags("one,two,three,four"), ..named("Bea", "", "bea@x.example") }).await;
        let gone = create(&service, &seller, NewCustomer {
            company: "Initech Inc.".into(),
            organization: Some(initech),
            metadata: fields(&[("A", "9"), ("b", "2")]),
            tags: tags("TWO,five,six"),
            ..named("B.", "Buyer", "b@x.example")
        }).await;
        customer::merge(&service, &seller.actor, kept.id, gone.id).await.unwrap();
        let merged = customer::show_record(&service, &seller.actor, kept.id).await.unwrap();
        assert_eq!((merged.name.joined(), merged.company.as_str()), ("Bea".to_owned(), "Initech Inc."));
        assert_eq!(merged.tags, ["one", "two", "three", "four", "five"]);
        assert_eq!(merged.metadata.iter().map(|f| (&*f.key, &*f.value)).collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
        assert_eq!(merged.organization.map(|found| found.id), Some(initech));
        assert!(customer_is_found(&service, &seller, "initech").await, "the company is found");
    }

    async fn a_reset_token_sets_a_password_once(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let bea = create(&service, &ada, named("Bea", "", "bea@x.example")).await.id;
        let jo = create(&service, &ada, named("Jo", "", "jo@x.example")).await.id;
        let token = customer::request_password_reset(&service, &ada.actor, bea).await.unwrap();
        let is_refused = |end: Result<(), Error>| matches!(end, Err(Error::Invalid(faults)) if faults[0].field == "token");
        assert!(is_refused(customer::reset_password(&service, &ada.actor, jo, &token, "12345678".into()).await), "of another customer");
        assert!(matches!(customer::reset_password(&service, &eve.actor, bea, &token, "12345678".into()).await, Err(Error::NotFound)));
        assert!(customer::reset_password(&service, &ada.actor, bea, &token, "1234567".into()).await.is_err(), "too short");
        customer::reset_password(&service, &ada.actor, bea, &token, "12345678".into()).await.unwrap();
        assert!(is_refused(customer::reset_password(&service, &ada.actor, bea, &token, "12345678".into()).await), "used");
        let wrong = customer::update_password(&service, &ada.actor, bea, "wrong".into(), "87654321".into()).await;
        assert!(matches!(wrong, Err(Error::BadCredentials)));
        customer::update_password(&service, &ada.actor, bea, "12345678".into(), "87654321".into()).await.unwrap();
        let without = customer::update_password(&service, &ada.actor, jo, String::new(), "87654321".into()).await;
        assert!(matches!(without, Err(Error::BadCredentials)), "no password is right where none was set");
    }

    async fn viewers_change_nothing(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let bea = create(&service, &seller, named("Bea", "", "bea@x.example")).await.id;
        let viewer = member(seller.account, seller.user, "v", Role::Viewer);
        assert!(customer::show_record(&service, &viewer, bea).await.is_ok());
        assert!(matches!(customer::create(&service, &viewer, named("X", "", "x@x.example")).await, Err(Error::Forbidden)));
        assert!(matches!(customer::change(&service, &viewer, bea, CustomerChange::default()).await, Err(Error::Forbidden)));
        assert!(matches!(customer::delete(&service, &viewer, bea).await, Err(Error::Forbidden)));
        assert!(matches!(customer::request_password_reset(&service, &viewer, bea).await, Err(Error::Forbidden)));
        let missing = CustomerId(new_id());
        assert!(matches!(customer::change(&service, &seller.actor, missing, CustomerChange::default()).await, Err(Error::NotFound)));
    }

    async fn a_name_that_is_changed_alone_is_split_again(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let bea = create(&service, &seller, named("Bea Betty", "Buyer", "bea@x.example")).await;
        let identity: Identity = crate::customer::identity("Grace Murray Hopper", "bea@x.example");
        customer::update(&service, &seller.actor, bea.id, identity, None).await.unwrap();
        let shown = customer::show_record(&service, &seller.actor, bea.id).await.unwrap();
        assert_eq!((shown.name.first.as_str(), shown.name.last.as_str()), ("Grace", "Murray Hopper"));
    }
}

async fn customer_is_found(service: &service::Service, seller: &test_support::Seller, search: &str) -> bool {
    !crate::customer::found(service, seller, search).await.is_empty()
}
