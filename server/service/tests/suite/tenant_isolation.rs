//! Tenant isolation: a seller cannot read, change or detect objects of another seller. Every use case
//! returns "not found", as for an object that does not exist.

use domain::bounded_text::{Name, Notes};
use domain::customer::{CustomerRef, Identity};
use domain::edit::Edit;
use domain::license::{Limit, Metadata, NewLicense};
use domain::meter::Meters;
use domain::permission::Role;
use domain::product::{ProductChange, ProductSettings};
use domain::view::{CustomerQuery, LicenseQuery};
use domain::{
    ActivationId, AppSubject, BulkJobId, CustomerId, Email, InvitationId, KeyGrace, LicenseId,
    LicenseImportId, ProductId, UserId,
};
use service::customer::{CustomerChange, CustomerEdit};
use service::domain_activation::DomainOrId;
use service::license::NewLimits;
use service::machine_activation::Included;
use service::{
    Actor, Error, Result, Service, activation, bulk_job, customer, customer_page, domain_activation, license,
    license_import, live, machine_activation, mail, member, new_id, overview, product, signing,
};

use crate::license_import::support::{upload, upload_as, view};

use test_support::{host, license as issue_one, on_both_databases, seller};

/// Runs every use case that names a customer. `own` is a customer of the actor.
async fn run_all_of_customers(
    service: &Service,
    actor: &Actor,
    id: CustomerId,
    own: CustomerId,
) -> Vec<(&'static str, Result<()>)> {
    let stolen = || Identity { name: Name::optional("name", "Stolen").unwrap(), email: None };
    let edit = || CustomerEdit {
        name: domain::PersonName::split("Stolen"),
        identity: stolen(),
        shown: None,
        company: None,
        organization: None,
        tags: None,
        metadata: None,
    };
    vec![
        ("customer::find", customer::find(service, actor, &CustomerRef::Id(id)).await.map(drop)),
        ("customer::show", customer::show(service, actor, id, None).await.map(drop)),
        ("customer::update", customer::update(service, actor, id, stolen(), None).await),
        ("customer::show_record", customer::show_record(service, actor, id).await.map(drop)),
        ("customer::change", customer::change(service, actor, id, CustomerChange::default()).await.map(drop)),
        ("customer::edit", customer::edit(service, actor, id, edit()).await),
        ("customer::delete", customer::delete(service, actor, id).await),
        (
            "customer::request_password_reset",
            customer::request_password_reset(service, actor, id).await.map(drop),
        ),
        (
            "customer::reset_password",
            customer::reset_password(service, actor, id, "token", "12345678".to_owned()).await,
        ),
        (
            "customer::update_password",
            customer::update_password(service, actor, id, "12345678".to_owned(), "87654321".to_owned()).await,
        ),
        ("customer::merge", customer::merge(service, actor, own, id).await.map(drop)),
        ("customer::merge into", customer::merge(service, actor, id, own).await.map(drop)),
        ("customer::erase", customer::erase(service, actor, id).await),
        ("customer::export", customer::export(service, actor, id).await.map(drop)),
    ]
}

/// Runs every use case that names an import.
async fn run_all_of_imports(
    service: &Service,
    actor: &Actor,
    id: LicenseImportId,
) -> Vec<(&'static str, Result<()>)> {
    vec![
        ("license_import::show", license_import::show(service, actor, id).await.map(drop)),
        ("license_import::faults", license_import::faults(service, actor, id).await.map(drop)),
        ("license_import::confirm", license_import::confirm(service, actor, id, true).await),
        ("license_import::stop", license_import::stop(service, actor, id).await),
        ("license_import::remove", license_import::remove(service, actor, id).await),
        ("license_import::discard", license_import::discard(service, actor, id).await),
    ]
}

/// Runs every use case that names a member or an invitation.
async fn run_all_of_members(
    service: &Service,
    actor: &Actor,
    user: UserId,
    id: InvitationId,
) -> Vec<(&'static str, Result<()>)> {
    vec![
        ("member::change_role", member::change_role(service, actor, user, Role::Viewer).await),
        ("member::remove", member::remove(service, actor, user, member::TokensOfRemoved::HandedOver).await),
        ("member::transfer_ownership", member::transfer_ownership(service, actor, user).await),
        ("member::withdraw_invitation", member::withdraw_invitation(service, actor, id).await),
    ]
}

/// Runs every use case that names a license, an activation or a product.
async fn run_all(
    service: &Service,
    actor: &Actor,
    license_id: LicenseId,
    activation_id: ActivationId,
    product_id: ProductId,
    job_id: BulkJobId,
) -> Vec<(&'static str, Result<()>)> {
    let settings = || ProductSettings::with_name(Name::parse("name", "Stolen").unwrap());
    let change = || ProductChange::Meters(Edit { new: Meters::default(), shown: None });
    let limits = NewLimits { domains: Some(Limit::new(9)), machines: None };
    let name = Name::parse("name", "Stolen").unwrap();
    let (subject, notes) = (AppSubject::parse("ada.com").unwrap(), Notes::optional("notes", "x").unwrap());
    let metadata = Metadata::parse("order = 1").unwrap();
    let watched = live::WatchedTopic { topic: live::Topic::License(license_id), seen: None };
    vec![
        ("license::show", license::show(service, actor, license_id).await.map(drop)),
        (
            "machine_activation::show",
            machine_activation::show(service, actor, activation_id, Included::default()).await.map(drop),
        ),
        ("machine_activation::free", machine_activation::free(service, actor, activation_id).await),
        (
            "machine_activation::free_matching",
            machine_activation::free_matching(service, actor, license_id, &[]).await.map(drop),
        ),
        (
            "domain_activation::free",
            domain_activation::free(service, actor, license_id, &DomainOrId::Id(activation_id)).await,
        ),
        ("license::timeline", license::timeline(service, actor, license_id).await.map(drop)),
        ("license::reveal_key", license::reveal_key(service, actor, license_id).await.map(drop)),
        ("license::send_key", license::send_key(service, actor, license_id, None).await),
        ("mail::of_license", mail::of_license(service, actor, license_id).await.map(drop)),
        ("mail::notices_of_license", mail::notices_of_license(service, actor, license_id).await.map(drop)),
        ("mail::set_product_reminders", mail::set_product_reminders(service, actor, product_id, false).await),
        ("license::transfer", license::transfer(service, actor, license_id, Some(&name), None).await),
        ("license::show_record", license::show_record(service, actor, license_id).await.map(drop)),
        ("license::show_rules", license::show_rules(service, actor, license_id).await.map(drop)),
        (
            "license::edit",
            license::edit(service, actor, license_id, &license::EditLicense::default()).await.map(drop),
        ),
        (
            "license::move_expiry",
            license::move_expiry(service, actor, license_id, license::ExpiryMove::Never).await.map(drop),
        ),
        ("license::delete", license::delete(service, actor, license_id).await),
        ("license::undo_revocation", license::undo_revocation(service, actor, license_id).await),
        ("license::suspend", license::suspend(service, actor, license_id, None).await),
        ("license::reinstate", license::reinstate(service, actor, license_id).await),
        ("license::revoke", license::revoke(service, actor, license_id, None).await),
        (
            "license::renew",
            license::renew(service, actor, license_id, domain::license::Renewal::Never, None).await.map(drop),
        ),
        ("license::change_limit", license::change_limit(service, actor, license_id, limits).await),
        (
            "license::issue",
            license::issue(service, actor, NewLicense::for_product(product_id)).await.map(drop),
        ),
        ("live::watch", live::watch(service, actor, &[watched]).await.map(drop)),
        ("license::check", license::check(service, actor, license_id, &subject).await.map(drop)),
        (
            "license::set_groups",
            license::set_groups(service, actor, license_id, license::LicenseGroups::default()).await,
        ),
        ("license::set_notes", license::set_notes(service, actor, license_id, notes.as_ref(), None).await),
        (
            "license::set_metadata",
            license::set_metadata(service, actor, license_id, &metadata, &Metadata::default()).await,
        ),
        (
            "license::replace_key",
            license::replace_key(service, actor, license_id, KeyGrace::NONE).await.map(drop),
        ),
        ("license::retire_former_keys", license::retire_former_keys(service, actor, license_id).await),
        ("activation::allow", activation::allow(service, actor, license_id, &host("eve.com")).await),
        ("activation::restore", activation::restore(service, actor, license_id, &host("eve.com")).await),
        (
            "activation::move_domain",
            activation::move_domain(service, actor, license_id, activation_id, &host("eve.com")).await,
        ),
        ("bulk_job::show", bulk_job::show(service, actor, job_id).await.map(drop)),
        ("bulk_job::stop", bulk_job::stop(service, actor, job_id).await),
        ("bulk_job::undo", bulk_job::undo(service, actor, job_id, "token").await.map(drop)),
        ("activation::free", activation::free(service, actor, license_id, activation_id).await),
        ("product::show_record", product::show_record(service, actor, product_id).await.map(drop)),
        (
            "product::edit_by_program",
            product::edit_by_program(service, actor, product_id, &product::ProductTerms::default())
                .await
                .map(drop),
        ),
        ("product::show", product::show(service, actor, product_id).await.map(drop)),
        ("product::update", product::update(service, actor, product_id, settings()).await.map(drop)),
        ("product::change", product::change(service, actor, product_id, change()).await.map(drop)),
        ("product::archive", product::archive(service, actor, product_id).await.map(drop)),
        ("product::restore", product::restore(service, actor, product_id).await.map(drop)),
        ("product::delete", product::delete(service, actor, product_id).await),
        (
            "signing::current_public_key",
            signing::current_public_key(service, actor, product_id).await.map(drop),
        ),
    ]
}

/// Runs every use case of the customer's page that names a license.
async fn run_all_of_customer_page(
    service: &Service,
    session: &customer_page::CustomerSession,
    id: LicenseId,
    slot: ActivationId,
) -> Vec<(&'static str, Result<()>)> {
    let cursors = domain::view::ActivationCursors::default();
    let to = host("eve.com");
    vec![
        ("customer_page::show", customer_page::show(service, session, Some(id), &cursors).await.map(drop)),
        ("customer_page::free", customer_page::free(service, session, id, slot, None).await.map(drop)),
        (
            "customer_page::move_domain",
            customer_page::move_domain(service, session, id, slot, &to, None).await.map(drop),
        ),
        (
            "customer_page::activate_offline",
            customer_page::activate_offline(service, session, id, "{}", None).await.map(drop),
        ),
    ]
}

on_both_databases! {
    async fn objects_of_another_seller_are_not_found(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = issue_one(&service, &ada, 2).await;
        activation::activate(&service, &key, &host("ada.com"), None).await.unwrap();
        let new_job = bulk_job::NewBulkJob {
            change: bulk_job::NewChange::Change(domain::bulk::Change::Reinstate),
            selection: domain::bulk::Selection::of_licenses(vec![id]).unwrap(),
            form_token: "token".into(),
        };
        let ada_job = bulk_job::start(&service, &ada.actor, new_job).await.unwrap().id;
        let before = license::show(&service, &ada.actor, id).await.unwrap();
        let ada_activation = before.activations().next().unwrap().id.unwrap();

        for (name, done) in Box::pin(run_all(&service, &eve.actor, id, ada_activation, ada.product.id, ada_job)).await {
            assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
        }
        let (license_id, activation_id, product_id) =
            (LicenseId(new_id()), ActivationId(new_id()), ProductId(new_id()));
        for (name, done) in Box::pin(run_all(&service, &eve.actor, license_id, activation_id, product_id, BulkJobId(new_id()))).await {
            assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
        }
        // The second seller cannot free an activation of the first through a license of her own.
        let (eve_license, _) = issue_one(&service, &eve, 1).await;
        let crossed = activation::free(&service, &eve.actor, eve_license, ada_activation).await;
        assert!(matches!(crossed, Err(Error::NotFound)));

        for text in ["", key.expose(), &key.last_four(), "ada.com"] {
            let query = LicenseQuery { search: text.to_owned(), ..LicenseQuery::default() };
            let page = license::list(&service, &eve.actor, &query).await.unwrap();
            assert!(page.items.iter().all(|row| row.id == eve_license), "{text}");
        }
        let products = product::list(&service, &eve.actor).await.unwrap();
        assert!(products.iter().all(|p| p.id == eve.product.id));
        let summary = overview::overview(&service, &eve.actor, 30).await.unwrap();
        assert_eq!(summary.licenses, 1);
        // Each page has a form token of its own.
        let after = license::show(&service, &ada.actor, id).await.unwrap();
        let after = domain::view::LicenseView { form_token: before.form_token.clone(), ..after };
        assert_eq!(after, before, "nothing was touched");
    }

    async fn customers_of_another_seller_are_not_found(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let email = Email::parse("grace@navy.example").unwrap();
        let mut customers = Vec::new();
        for seller in [&ada, &eve] {
            let request = NewLicense {
                customer_name: Name::optional("name", "Grace Hopper").unwrap(),
                customer_email: Some(email.clone()),
                ..NewLicense::for_product(seller.product.id)
            };
            license::issue(&service, &seller.actor, request).await.unwrap();
            let found = customer::find(&service, &seller.actor, &CustomerRef::Email(email.clone())).await;
            customers.push(found.unwrap());
        }
        let [of_ada, of_eve] = customers[..] else { panic!("two customers") };
        assert_ne!(of_ada, of_eve, "an address is a customer of each account");
        let before = customer::show(&service, &ada.actor, of_ada, None).await.unwrap();
        for id in [of_ada, CustomerId(new_id())] {
            for (name, done) in run_all_of_customers(&service, &eve.actor, id, of_eve).await {
                assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
            }
        }
        for search in ["", "grace", "navy"] {
            let query = CustomerQuery { search: search.to_owned(), cursor: None };
            let page = customer::list(&service, &eve.actor, &query).await.unwrap();
            assert_eq!(page.items.iter().map(|row| row.id).collect::<Vec<_>>(), [of_eve], "{search}");
        }
        assert_eq!(customer::suggest(&service, &eve.actor, "grace").await.unwrap().len(), 1);
        // A cursor of another seller's license starts within one's own.
        let stolen = before.licenses[0].id;
        let shown = customer::show(&service, &eve.actor, of_eve, Some(stolen)).await.unwrap();
        assert_eq!(shown.licenses, []);
        assert_eq!(customer::show(&service, &ada.actor, of_ada, None).await.unwrap(), before);
        let app = Actor { account: ada.account, principal: service::Principal::App { ip: None } };
        for (name, done) in run_all_of_customers(&service, &app, of_ada, of_ada).await {
            assert!(matches!(done, Err(Error::Forbidden)), "{name}: {done:?}");
        }
    }

    async fn customers_see_only_licenses_of_their_session(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        for seller in [&ada, &eve] {
            crate::customer_page::set_rule(&service, seller, domain::CustomerRelease::Always).await;
        }
        let (own, key) = issue_one(&service, &ada, 2).await;
        let open = async |key: &domain::LicenseKey| {
            customer_page::open_by_key(&service, None, key.expose(), None).await.unwrap().unwrap().0
        };
        let session = open(&key).await;
        for other in [&ada, &eve] {
            let (id, key) = issue_one(&service, other, 2).await;
            activation::activate(&service, &key, &host("ada.com"), None).await.unwrap();
            let shown = license::show(&service, &other.actor, id).await.unwrap();
            let slot = shown.activations().next().unwrap().id.unwrap();
            for id in [id, LicenseId(new_id())] {
                for (name, done) in run_all_of_customer_page(&service, &session, id, slot).await {
                    assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
                }
            }
            // An activation of another license is not there in the own one.
            let crossed = customer_page::free(&service, &session, own, slot, None).await.unwrap();
            assert_eq!(crossed, customer_page::ReleaseOutcome::Gone);
            assert_eq!(license::show(&service, &other.actor, id).await.unwrap().domains_used, 1, "nothing was touched");
        }
        assert!(matches!(customer_page::list(&service, &session, None).await, Err(Error::NotFound)));
        // The page of a seller opens no license of another one.
        let crossed = customer_page::open_by_key(&service, Some("eve"), key.expose(), None).await.unwrap();
        assert!(crossed.is_none());
    }

    async fn imports_of_another_seller_are_not_found(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let id = upload(&service, &ada, "license_key\nOLD-SHOP-0001\nshort").await;
        let before = view(&service, &ada, id).await;
        for id in [id, LicenseImportId(new_id())] {
            for (name, done) in run_all_of_imports(&service, &eve.actor, id).await {
                assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
            }
        }
        assert_eq!(license_import::list(&service, &eve.actor).await.unwrap(), []);
        let stolen = upload_as(&service, &eve.actor, Some(ada.product.id), "license_key\nOLD-SHOP-0002").await;
        let Err(Error::Invalid(faults)) = stolen else { panic!("{stolen:?}") };
        assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), ["product"]);
        assert_eq!(view(&service, &ada, id).await, before, "nothing was touched");
        let app = Actor { account: ada.account, principal: service::Principal::App { ip: None } };
        for (name, done) in run_all_of_imports(&service, &app, id).await {
            assert!(matches!(done, Err(Error::Forbidden)), "{name}: {done:?}");
        }
        // A key of another seller is taken, because apps send a key without its seller.
        let taken = format!("license_key\n{}", issue_one(&service, &ada, 1).await.1.expose());
        let crossed = upload(&service, &eve, &taken).await;
        assert_eq!(view(&service, &eve, crossed).await.import.good_rows, 0);
    }

    async fn members_of_another_seller_are_not_found(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let made = member::invite(&service, &ada.actor, crate::member::to_role(Role::Owner)).await.unwrap();
        let before = member::list(&service, &ada.actor).await.unwrap();
        for (user, id) in [(ada.user, made.id), (UserId(new_id()), InvitationId(new_id()))] {
            for (name, done) in run_all_of_members(&service, &eve.actor, user, id).await {
                assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
            }
        }
        let team = member::list(&service, &eve.actor).await.unwrap();
        assert_eq!(team.members.iter().map(|member| member.user).collect::<Vec<_>>(), [eve.user]);
        assert_eq!(team.invitations, []);
        assert!(matches!(member::switch_account(&service, eve.user, ada.account).await, Err(Error::NotFound)));
        assert_eq!(member::list(&service, &ada.actor).await.unwrap(), before, "nothing was touched");
        let app = Actor { account: ada.account, principal: service::Principal::App { ip: None } };
        for (name, done) in run_all_of_members(&service, &app, ada.user, made.id).await {
            assert!(matches!(done, Err(Error::Forbidden)), "{name}: {done:?}");
        }
        assert!(matches!(member::leave(&service, &app).await, Err(Error::Forbidden)));
    }

    async fn an_app_cannot_run_the_use_cases_of_a_seller(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (id, _) = issue_one(&service, &ada, 2).await;
        let app = Actor { account: ada.account, principal: service::Principal::App { ip: None } };
        let customer = Actor {
            account: ada.account,
            principal: service::Principal::Customer { customer: None, ip: None },
        };
        for actor in [app, customer] {
            for (name, done) in Box::pin(run_all(&service, &actor, id, ActivationId(new_id()), ada.product.id, BulkJobId(new_id()))).await {
                assert!(matches!(done, Err(Error::Forbidden)), "{name}: {done:?}");
            }
        }
    }
}
