//! Organizations and tags of licenses that programs make and change.

use domain::OrganizationId;
use domain::organization::OrganizationInput;
use domain::tag::TagNames;
use sea_orm::Database;
use service::license::{
    CreateLicense, EditLicense, LicenseRefusal, NewTerms, create, create_many, delete, edit_many, show_record,
};
use service::organization::{self, NewOrganization};
use service::{Service, new_id};

use super::{edited, made};
use test_support::{Seller, on_both_databases, seller, texts};

fn tags(list: &str) -> TagNames {
    TagNames::parse_list(list).expect("tags")
}

async fn organization(service: &Service, seller: &Seller, name: &str) -> OrganizationId {
    let input =
        OrganizationInput { name: name.into(), email: "it@x.example".into(), ..OrganizationInput::default() };
    let new = NewOrganization::from(input.parse().expect("an organization"));
    match organization::create(service, &seller.actor, new).await.expect("an outcome") {
        organization::Saved::Saved(record) => record.id,
        organization::Saved::DuplicateName => panic!("{name} exists"),
    }
}

on_both_databases! {
    async fn many_at_once_make_each_tag_once(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let organization = organization(&service, &ada, "Initech").await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..16 {
            let (service, ada) = (service.clone(), ada.clone());
            let names = tags(if n % 2 == 0 { "a,b,c" } else { "C,B,A" });
            let terms = NewTerms { tags: names, organization: Some(organization), ..NewTerms::default() };
            tasks.spawn(async move {
                let new = CreateLicense { product: ada.product.id, terms };
                let mut outcomes = if n % 4 < 2 {
                    vec![create(&service, &ada.actor, new).await.unwrap()]
                } else {
                    create_many(&service, &ada.actor, vec![new], true).await.unwrap()
                };
                let record = outcomes.pop().unwrap().unwrap_or_else(|refusal| panic!("{refusal:?}"));
                (record.tags.len(), record.organization.map(|organization| organization.id))
            });
        }
        assert_eq!(tasks.join_all().await, [(3, Some(organization)); 16]);
        let connection = Database::connect(&db.url).await.unwrap();
        assert_eq!(texts(&connection, "SELECT name_key AS text FROM tags ORDER BY name_key").await, ["a", "b", "c"]);
        let created = "SELECT action AS text FROM audit_entries WHERE action = 'tag.created'";
        assert_eq!(texts(&connection, created).await.len(), 3);
    }

    async fn a_refused_license_makes_no_tag(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let theirs = organization(&service, &eve, "Initech").await;
        for unknown in [theirs, OrganizationId(new_id())] {
            let terms = NewTerms { organization: Some(unknown), tags: tags("vip"), ..NewTerms::default() };
            let new = CreateLicense { product: ada.product.id, terms };
            let refused = create(&service, &ada.actor, new).await.unwrap();
            assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::UnknownOrganization));
        }
        let record = made(&service, &ada, NewTerms::default()).await;
        let change = EditLicense { organization: Some(Some(theirs)), tags: Some(tags("vip")), ..EditLicense::default() };
        let refused = edit_many(&service, &ada.actor, &[(record.id, change)]).await.unwrap().remove(0);
        assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::UnknownOrganization));
        let connection = Database::connect(&db.url).await.unwrap();
        assert!(texts(&connection, "SELECT name AS text FROM tags").await.is_empty());
    }

    async fn tags_of_two_bulk_changes_do_not_deadlock(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let mut ids = Vec::new();
        for _ in 0..4 {
            ids.push(made(&service, &ada, NewTerms::default()).await.id);
        }
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..8 {
            let (service, ada, mut ids) = (service.clone(), ada.clone(), ids.clone());
            tasks.spawn(async move {
                if n % 2 == 0 {
                    ids.reverse();
                }
                let names = tags(if n % 2 == 0 { "x,y" } else { "y,x" });
                let change = EditLicense { tags: Some(names), ..EditLicense::default() };
                let changes: Vec<_> = ids.into_iter().map(|id| (id, change.clone())).collect();
                edit_many(&service, &ada.actor, &changes).await.unwrap().iter().filter(|outcome| outcome.is_ok()).count()
            });
        }
        assert_eq!(tasks.join_all().await, [4; 8]);
    }

    async fn an_equal_group_is_no_change_and_a_deletion_takes_the_tags_off(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let organization = organization(&service, &ada, "Initech").await;
        let terms = NewTerms { tags: tags("vip,beta"), organization: Some(organization), ..NewTerms::default() };
        let record = made(&service, &ada, terms).await;
        let change = |names: &str| EditLicense {
            tags: Some(tags(names)),
            organization: Some(Some(organization)),
            ..EditLicense::default()
        };
        assert_eq!(edited(&service, &ada, record.id, change("VIP,Beta")).await.updated_at, record.updated_at);
        let connection = Database::connect(&db.url).await.unwrap();
        let grouped = "SELECT action AS text FROM audit_entries WHERE action = 'license.groups_changed'";
        assert!(texts(&connection, grouped).await.is_empty());
        assert_eq!(edited(&service, &ada, record.id, change("beta")).await.tags, ["beta"]);
        assert_eq!(texts(&connection, grouped).await.len(), 1);
        assert_eq!(show_record(&service, &ada.actor, record.id).await.unwrap().tags, ["beta"]);
        delete(&service, &ada.actor, record.id).await.unwrap();
        organization::delete(&service, &ada.actor, organization).await.unwrap();
    }
}
