//! The event log and the activation log.

use domain::bounded_text::BoundedText;
use domain::filter::{FilterField, ListRequest, ListSort, Operator, parse_filter};
use domain::license::{Limit, Renewal};
use domain::license_rules::{RenewFrom, RuleOverrides};
use domain::permission::Role;
use serde_json::json;
use service::activation::{activate, deactivate};
use service::customer::CustomerChange;
use service::license::{EditLicense, ExpiryMove};
use service::{Error, activation_log, event_log, license};

use super::{change, create, named};
use test_support::{host, license as issue_one, member, on_both_databases, seller};

static RESOURCE: FilterField = FilterField::text("resource");
static ACTION: FilterField = FilterField::text("action");
static RESOURCE_ID: FilterField = FilterField::id("resourceId");
static ACTOR_EMAIL: FilterField = FilterField::text("actorEmail");
static LICENSE_ID: FilterField = FilterField::id("licenseId");
static EVENT: FilterField = FilterField::text("event");
static LICENSE_KEY: FilterField = FilterField::text("licenseKey");
static PRODUCT_ID: FilterField = FilterField::id("productId");

fn request(filters: &[(&'static FilterField, Operator, &str)]) -> ListRequest {
    let filters =
        filters.iter().filter_map(|(field, operator, text)| parse_filter(field, *operator, [*text]).unwrap());
    ListRequest {
        page: 1,
        limit: 100,
        sort: ListSort { field: "createdAt", descending: false },
        after: None,
        search: None,
        count: true,
        filters: filters.collect(),
    }
}

on_both_databases! {
    async fn changes_are_reported_with_their_values(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let bea = create(&service, &seller, named("Bea", "Buyer", "bea@x.example")).await;
        let company = CustomerChange { company: Some("Initech".into()), ..CustomerChange::default() };
        change(&service, &seller, bea.id, company).await;
        let of_user = request(&[(&RESOURCE, Operator::Equal, "USER"), (&ACTION, Operator::In, "created,updated")]);
        let page = event_log::list(&service, &seller.actor, &of_user).await.unwrap();
        let reported: Vec<_> = page.items.iter().map(|entry| (&*entry.resource, &*entry.action, entry.changes.clone())).collect();
        let changes = json!([{ "propertyName": "company", "oldValue": "", "newValue": "Initech" }]);
        assert_eq!(reported, [("user", "created", json!([])), ("user", "updated", changes)]);
        assert_eq!(page.total.map(|total| total.rows), Some(2));
        let entry = &page.items[1];
        assert_eq!(entry.resource_id, Some(bea.id.0));
        let Some(event_log::EventActor::Member(person)) = &entry.user else { panic!("{entry:?}") };
        assert_eq!((person.email.as_str(), entry.actor_kind.as_str()), (seller.email.as_str(), "member"));
        assert_eq!(&event_log::show(&service, &seller.actor, entry.id).await.unwrap(), entry);
    }

    async fn filters_narrow_the_log(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = issue_one(&service, &ada, 1).await;
        license::suspend(&service, &ada.actor, id, None).await.unwrap();
        license::reinstate(&service, &ada.actor, id).await.unwrap();
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        let actions = async |filters: &[(&'static FilterField, Operator, &str)]| {
            let page = event_log::list(&service, &ada.actor, &request(filters)).await.unwrap();
            page.items.into_iter().map(|entry| entry.action).collect::<Vec<_>>()
        };
        let id = id.to_string();
        assert_eq!(actions(&[(&RESOURCE_ID, Operator::Equal, &id)]).await, ["created", "updated", "updated"]);
        assert_eq!(actions(&[(&RESOURCE_ID, Operator::Equal, &id), (&ACTION, Operator::NotEqual, "created")]).await, ["updated", "updated"]);
        assert_eq!(actions(&[(&ACTOR_EMAIL, Operator::Equal, &ada.email), (&RESOURCE, Operator::Equal, "license")]).await.len(), 3);
        assert!(actions(&[(&ACTOR_EMAIL, Operator::Equal, &eve.email)]).await.is_empty());
        assert!(actions(&[(&ACTION, Operator::In, "")]).await.is_empty(), "one of none");
        assert!(actions(&[(&ACTION, Operator::Equal, "never")]).await.is_empty());
        // Another seller sees nothing of it.
        let of_license = request(&[(&RESOURCE_ID, Operator::Equal, &id)]);
        assert_eq!(event_log::list(&service, &eve.actor, &of_license).await.unwrap().items, []);
        let page = event_log::list(&service, &ada.actor, &of_license).await.unwrap();
        assert!(matches!(event_log::show(&service, &eve.actor, page.items[0].id).await, Err(Error::NotFound)));
        let app = service::Actor { account: ada.account, principal: service::Principal::App { ip: None } };
        assert!(matches!(event_log::list(&service, &app, &of_license).await, Err(Error::Forbidden)));
    }

    async fn moved_expiries_are_reported_by_their_kind(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = issue_one(&service, &seller, 1).await;
        let rules = RuleOverrides { interval: Some("P1Y".into()), ..RuleOverrides::default() };
        let interval = EditLicense { rules, ..EditLicense::default() };
        assert!(license::edit(&service, &seller.actor, id, &interval).await.unwrap().is_ok());
        let end = service.now().plus_days(3);
        for how in [ExpiryMove::Until(end), ExpiryMove::Extend(60), ExpiryMove::Renew(RenewFrom::Expiry)] {
            assert!(license::move_expiry(&service, &seller.actor, id, how).await.unwrap().is_ok());
        }
        let by_form = Renewal::Extend("P1M".parse().unwrap());
        license::renew(&service, &seller.actor, id, by_form, None).await.unwrap();
        let words = ["created", "subscription.updated", "expiresAt.updated", "extended", "renewed", "extended"];
        let id = id.to_string();
        let actions = async |operator: Operator, text: &str| {
            let filters = [(&RESOURCE, Operator::Equal, "license"), (&ACTION, operator, text)];
            let page = event_log::list(&service, &seller.actor, &request(&filters)).await.unwrap();
            page.items.into_iter().map(|entry| entry.action).collect::<Vec<_>>()
        };
        assert_eq!(actions(Operator::NotEqual, "none").await, words);
        assert_eq!(actions(Operator::Equal, "Extended").await, ["extended", "extended"]);
        assert_eq!(actions(Operator::In, "expiresAt.updated,renewed").await, ["expiresAt.updated", "renewed"]);
        assert_eq!(actions(Operator::Equal, "subscription.updated").await, ["subscription.updated"]);
        let of_license = [(&RESOURCE_ID, Operator::Equal, id.as_str()), (&ACTION, Operator::Equal, "renewed")];
        let page = event_log::list(&service, &seller.actor, &request(&of_license)).await.unwrap();
        assert_eq!(page.items.len(), 1);
        let events = async |operator: Operator, text: &str| {
            let filters = [(&LICENSE_ID, Operator::Equal, id.as_str()), (&EVENT, operator, text)];
            let page = event_log::list_subscriptions(&service, &seller.actor, &request(&filters)).await.unwrap();
            assert!(page.items.iter().all(|entry| entry.event == "license.created" || entry.changes != json!([])));
            page.items.into_iter().map(|entry| entry.event.to_owned()).collect::<Vec<_>>()
        };
        let expected = words.map(|word| format!("license.{word}"));
        assert_eq!(events(Operator::NotEqual, "none").await, expected);
        assert_eq!(events(Operator::Equal, "license.extended").await, ["license.extended", "license.extended"]);
        assert_eq!(events(Operator::Equal, "license.renewed").await, ["license.renewed"]);
    }

    async fn each_entry_of_an_edit_has_its_own_changes(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = issue_one(&service, &seller, 1).await;
        let rules = RuleOverrides { allow_vm: Some(false), ..RuleOverrides::default() };
        let several = EditLicense {
            suspended: Some(true),
            machine_limit: Some(Limit::new(7)),
            rules,
            notes: Some(BoundedText::parse("notes", "Paid twice.").ok()),
            ..EditLicense::default()
        };
        for _ in 0..2 {
            assert!(license::edit(&service, &seller.actor, id, &several).await.unwrap().is_ok());
        }
        let of_license = request(&[(&RESOURCE_ID, Operator::Equal, &id.to_string()), (&ACTION, Operator::Equal, "updated")]);
        let page = event_log::list(&service, &seller.actor, &of_license).await.unwrap();
        let names = |entry: &event_log::EventLogRecord| -> Vec<String> {
            let changes = entry.changes.as_array().unwrap();
            changes.iter().map(|change| change["propertyName"].as_str().unwrap().to_owned()).collect()
        };
        let reported: Vec<Vec<String>> = page.items.iter().map(names).collect();
        assert_eq!(reported, [vec!["suspended"], vec!["allowedActivations"], vec!["allowVmActivation"], vec!["notes"]]);
        let suspended = json!([{ "propertyName": "suspended", "oldValue": false, "newValue": true }]);
        assert_eq!(page.items[0].changes, suspended);
    }

    async fn the_log_is_read_page_by_page_in_both_directions(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        for n in 0..7 {
            create(&service, &seller, named("Bea", "", &format!("bea{n}@x.example"))).await;
        }
        let all = event_log::list(&service, &seller.actor, &request(&[])).await.unwrap().items;
        for descending in [false, true] {
            let (mut after, mut read) = (None, Vec::new());
            loop {
                let sort = ListSort { field: "updatedAt", descending };
                let page = ListRequest { limit: 3, after, sort, ..request(&[]) };
                let page = event_log::list(&service, &seller.actor, &page).await.unwrap();
                after = page.items.last().map(|entry| entry.id.0);
                read.extend(page.items);
                if !page.has_more {
                    break;
                }
            }
            if descending {
                read.reverse();
            }
            assert_eq!(read, all);
        }
    }

    async fn activations_are_in_the_activation_log_alone(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = issue_one(&service, &ada, 2).await;
        let (other, _) = issue_one(&service, &ada, 2).await;
        activate(&service, &key, &host("a.com"), Some("192.0.2.7".to_owned())).await.unwrap();
        deactivate(&service, &key, &host("a.com"), None).await.unwrap();
        let read = async |filters: &[(&'static FilterField, Operator, &str)]| {
            let page = activation_log::list(&service, &ada.actor, &request(filters)).await.unwrap();
            page.items.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>()
        };
        let both = ["activate", "deactivate"];
        assert_eq!(read(&[]).await, both);
        assert_eq!(read(&[(&ACTION, Operator::Equal, "deactivate")]).await, ["deactivate"]);
        assert_eq!(read(&[(&LICENSE_ID, Operator::Equal, &id.to_string())]).await, both);
        assert!(read(&[(&LICENSE_ID, Operator::Equal, &other.to_string())]).await.is_empty());
        assert!(read(&[(&LICENSE_ID, Operator::In, "")]).await.is_empty());
        assert_eq!(read(&[(&LICENSE_KEY, Operator::Equal, key.expose())]).await, both);
        assert!(read(&[(&LICENSE_KEY, Operator::NotEqual, key.expose())]).await.is_empty());
        assert_eq!(read(&[(&PRODUCT_ID, Operator::Equal, &ada.product.id.to_string())]).await, both);
        assert!(read(&[(&PRODUCT_ID, Operator::Equal, &eve.product.id.to_string())]).await.is_empty());
        let page = activation_log::list(&service, &ada.actor, &request(&[])).await.unwrap();
        let entry = &page.items[0];
        assert_eq!((entry.subject.as_str(), entry.license, entry.product), ("a.com", Some(id), Some(ada.product.id)));
        let events = event_log::list(&service, &ada.actor, &request(&[])).await.unwrap();
        assert!(events.items.iter().all(|entry| entry.resource != "activation"));
        assert_eq!(activation_log::list(&service, &eve.actor, &request(&[])).await.unwrap().items, []);
        let viewer = member(ada.account, ada.user, "v", Role::Viewer);
        let mut export = activation_log::export(&service, &viewer, request(&[])).await.unwrap();
        let mut exported = 0;
        while let Some(batch) = export.next_batch().await.unwrap() {
            exported += batch.len();
        }
        assert_eq!(exported, 2);
    }
}
