//! Tags.

use domain::TagId;
use domain::permission::Role;
use domain::tag::TagName;
use domain::view::LicenseQuery;
use sea_orm::Database;
use service::customer::CustomerChange;
use service::tag::{self, NewTag, Saved, TagChange};
use service::{Error, customer, license, new_id};

use super::{change, create, create_tag, named, tags};
use test_support::{license as issue_one, member, on_both_databases, seller, texts};

on_both_databases! {
    async fn unknown_tags_are_made_once_by_many_at_once(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..12 {
            let (service, seller) = (service.clone(), seller.clone());
            let list = if n % 2 == 0 { "a,b,c" } else { "C,B,A" };
            let new = customer::NewCustomer { tags: tags(list), ..named("Bea", "", &format!("bea{n}@x.example")) };
            tasks.spawn(async move { create(&service, &seller, new).await.tags.len() });
        }
        assert_eq!(tasks.join_all().await, [3; 12]);
        let connection = Database::connect(&db.url).await.unwrap();
        assert_eq!(texts(&connection, "SELECT name_key AS text FROM tags ORDER BY name_key").await, ["a", "b", "c"]);
        let created = "SELECT action AS text FROM audit_entries WHERE action = 'tag.created'";
        assert_eq!(texts(&connection, created).await.len(), 3);
    }

    async fn a_deleted_tag_is_taken_off_everything(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let vip = create_tag(&service, &seller, "vip").await;
        let bea = create(&service, &seller, customer::NewCustomer { tags: tags("vip,beta"), ..named("Bea", "", "bea@x.example") }).await.id;
        let (id, _) = issue_one(&service, &seller, 1).await;
        let groups = license::LicenseGroups { tags: Some(tags("VIP")), organization: None };
        license::set_groups(&service, &seller.actor, id, groups.clone()).await.unwrap();
        license::set_groups(&service, &seller.actor, id, groups).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let grouped = "SELECT action AS text FROM audit_entries WHERE action = 'license.groups_changed'";
        assert_eq!(texts(&connection, grouped).await.len(), 1, "the second time is no change");
        assert_eq!(license::show(&service, &seller.actor, id).await.unwrap().tags, ["vip"]);
        let query = LicenseQuery { tag: Some(vip), ..LicenseQuery::default() };
        let found = license::list(&service, &seller.actor, &query).await.unwrap();
        assert_eq!(found.items.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
        let page = tag::page(&service, &seller.actor, None).await.unwrap();
        let counts: Vec<_> = page.items.iter().map(|row| (&*row.name, row.licenses, row.customers)).collect();
        assert_eq!(counts, [("beta", 0, 1), ("vip", 1, 1)]);
        tag::delete(&service, &seller.actor, vip).await.unwrap();
        assert!(license::show(&service, &seller.actor, id).await.unwrap().tags.is_empty());
        assert_eq!(customer::show_record(&service, &seller.actor, bea).await.unwrap().tags, ["beta"]);
        assert!(matches!(tag::delete(&service, &seller.actor, vip).await, Err(Error::NotFound)));
        assert_eq!(license::list(&service, &seller.actor, &query).await.unwrap().items, []);
    }

    async fn tags_that_are_set_while_one_is_deleted_are_there_afterwards(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let vip = create_tag(&service, &seller, "vip").await;
        let mut ids = Vec::new();
        for n in 0..8 {
            ids.push(create(&service, &seller, named("Bea", "", &format!("bea{n}@x.example"))).await.id);
        }
        let mut tasks = tokio::task::JoinSet::new();
        for id in ids.clone() {
            let (service, seller) = (service.clone(), seller.clone());
            let tagged = CustomerChange { tags: Some(tags("vip,beta")), ..CustomerChange::default() };
            tasks.spawn(async move { change(&service, &seller, id, tagged).await });
        }
        tag::delete(&service, &seller.actor, vip).await.unwrap();
        tasks.join_all().await;
        for id in ids {
            let names = customer::show_record(&service, &seller.actor, id).await.unwrap().tags;
            assert!(names == ["vip", "beta"] || names == ["beta"], "{names:?}");
        }
    }

    async fn names_are_unique_and_an_echo_is_no_change(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let vip = create_tag(&service, &seller, "VIP").await;
        let name = |text: &str| TagName::parse("name", text).unwrap();
        let again = tag::create(&service, &seller.actor, NewTag { name: name("vip"), description: None }).await;
        assert_eq!(again.unwrap(), Saved::DuplicateName);
        let beta = create_tag(&service, &seller, "beta").await;
        let to_vip = TagChange { name: Some(name("vip")), description: None };
        assert_eq!(tag::update(&service, &seller.actor, beta, to_vip).await.unwrap(), Saved::DuplicateName);
        let before = tag::show(&service, &seller.actor, vip).await.unwrap();
        let echo = TagChange { name: Some(name("VIP")), description: Some(None) };
        assert_eq!(tag::update(&service, &seller.actor, vip, echo).await.unwrap(), Saved::Saved(Box::new(before.clone())));
        assert_eq!(tag::show(&service, &seller.actor, vip).await.unwrap(), before);
    }

    async fn tags_of_another_seller_are_not_found(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let of_ada = create_tag(&service, &ada, "vip").await;
        for id in [of_ada, TagId(new_id())] {
            assert!(matches!(tag::show(&service, &eve.actor, id).await, Err(Error::NotFound)));
            assert!(matches!(tag::row(&service, &eve.actor, id).await, Err(Error::NotFound)));
            assert!(matches!(tag::delete(&service, &eve.actor, id).await, Err(Error::NotFound)));
            assert!(matches!(tag::update(&service, &eve.actor, id, TagChange::default()).await, Err(Error::NotFound)));
            assert_eq!(tag::name_of(&service, &eve.actor, id).await.unwrap(), None);
        }
        let viewer = member(ada.account, ada.user, "v", Role::Viewer);
        assert!(matches!(tag::delete(&service, &viewer, of_ada).await, Err(Error::Forbidden)));
        assert_eq!(tag::page(&service, &eve.actor, None).await.unwrap().items, []);
    }
}
