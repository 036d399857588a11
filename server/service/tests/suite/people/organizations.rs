//! Organizations.

use domain::OrganizationId;
use domain::license::NewLicense;
use domain::permission::Role;
use sea_orm::{ConnectionTrait as _, Database};
use service::organization::{self, NewOrganization, Saved};
use service::{Error, customer, license, new_id};

use super::{create, create_organization, named, organization as input};
use test_support::{member, on_both_databases, seller, texts};

on_both_databases! {
    async fn names_are_unique_in_any_case_within_an_account(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let initech = create_organization(&service, &ada, "Initech ÄG").await;
        let new = || NewOrganization::from(input("INITECH äg").parse().unwrap());
        assert_eq!(organization::create(&service, &ada.actor, new()).await.unwrap(), Saved::DuplicateName);
        assert!(matches!(organization::create(&service, &eve.actor, new()).await.unwrap(), Saved::Saved(_)));
        let other = create_organization(&service, &ada, "Initrode").await;
        let renamed = input("initech ÄG").parse().unwrap();
        let end = organization::update(&service, &ada.actor, other, |_| Ok(renamed)).await.unwrap();
        assert_eq!(end, Saved::DuplicateName);
        let renamed = input("INITECH ÄG").parse().unwrap();
        let end = organization::update(&service, &ada.actor, initech, |_| Ok(renamed)).await.unwrap();
        assert!(matches!(end, Saved::Saved(_)), "the own name in another case");
    }

    async fn one_of_many_equal_creations_succeeds(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (service, actor) = (service.clone(), seller.actor.clone());
            let new = NewOrganization::from(input("Initech").parse().unwrap());
            tasks.spawn(async move { organization::create(&service, &actor, new).await.unwrap() });
        }
        let ends = tasks.join_all().await;
        assert_eq!(ends.iter().filter(|end| matches!(end, Saved::Saved(_))).count(), 1);
    }

    async fn customers_and_licenses_stay_when_their_organization_is_deleted(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let initech = create_organization(&service, &seller, "Initech").await;
        let new = service::customer::NewCustomer { organization: Some(initech), ..named("Bea", "", "bea@x.example") };
        let bea = create(&service, &seller, new).await.id;
        let new = NewLicense { count: 501, ..NewLicense::for_product(seller.product.id) };
        let issued = license::issue(&service, &seller.actor, new).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let join = "UPDATE licenses SET organization_id = (SELECT id FROM organizations)";
        connection.execute_unprepared(join).await.unwrap();
        let shown = license::show(&service, &seller.actor, issued[0].id).await.unwrap();
        assert_eq!(shown.organization, Some((initech, "Initech".to_owned())));
        let view = organization::view(&service, &seller.actor, initech).await.unwrap();
        assert_eq!((view.customers, view.licenses, view.newest_customers.len()), (1, 101, 1));
        organization::delete(&service, &seller.actor, initech).await.unwrap();
        let record = customer::show_record(&service, &seller.actor, bea).await.unwrap();
        assert!(record.organization.is_none());
        let left = texts(&connection, "SELECT 'x' AS text FROM licenses WHERE organization_id IS NOT NULL").await;
        assert!(left.is_empty());
        assert!(matches!(organization::delete(&service, &seller.actor, initech).await, Err(Error::NotFound)));
        let groups = license::LicenseGroups { organization: Some(Some(initech)), tags: None };
        let refused = license::set_groups(&service, &seller.actor, issued[0].id, groups).await;
        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].field == "organization"));
    }

    async fn customers_that_join_while_it_is_deleted_break_nothing(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let initech = create_organization(&service, &seller, "Initech").await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..10 {
            let (service, actor) = (service.clone(), seller.actor.clone());
            let new = service::customer::NewCustomer {
                organization: Some(initech),
                ..named("Bea", "", &format!("bea{n}@x.example"))
            };
            tasks.spawn(async move {
                // A customer that comes too late is refused.
                customer::create(&service, &actor, new).await.unwrap()
            });
        }
        let deleted = loop {
            match organization::delete(&service, &seller.actor, initech).await {
                Err(Error::Conflict(_)) => {}
                end => break end,
            }
        };
        deleted.unwrap();
        tasks.join_all().await;
        let connection = Database::connect(&db.url).await.unwrap();
        let lost = "SELECT 'x' AS text FROM customers WHERE organization_id IS NOT NULL";
        assert!(texts(&connection, lost).await.is_empty());
    }

    async fn organizations_of_another_seller_are_not_found(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let of_ada = create_organization(&service, &ada, "Initech").await;
        for id in [of_ada, OrganizationId(new_id())] {
            assert!(matches!(organization::show(&service, &eve.actor, id).await, Err(Error::NotFound)));
            assert!(matches!(organization::view(&service, &eve.actor, id).await, Err(Error::NotFound)));
            assert!(matches!(organization::delete(&service, &eve.actor, id).await, Err(Error::NotFound)));
            let edit = |stored: &domain::organization::Organization| Ok(stored.clone());
            assert!(matches!(organization::update(&service, &eve.actor, id, edit).await, Err(Error::NotFound)));
            assert_eq!(organization::name_of(&service, &eve.actor, id).await.unwrap(), None);
            let query = domain::view::LicenseQuery { organization: Some(id), ..Default::default() };
            assert_eq!(license::list(&service, &eve.actor, &query).await.unwrap().items, []);
        }
        let viewer = member(ada.account, ada.user, "v", Role::Viewer);
        assert!(matches!(organization::delete(&service, &viewer, of_ada).await, Err(Error::Forbidden)));
    }
}
