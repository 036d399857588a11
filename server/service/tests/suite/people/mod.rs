//! Customers of the management API, organizations, tags, and their logs.

mod any_case;
mod customers;
mod event_log;
mod lists;
mod logs;
mod organizations;
mod tags;

use domain::object_metadata::FieldChange;
use domain::organization::OrganizationInput;
use domain::tag::{TagName, TagNames};
use domain::{CustomerId, CustomerRole, Email, OrganizationId, PersonName, TagId};
use service::Service;
use service::customer::{self, CustomerChange, CustomerRecord, NewCustomer, Saved};
use service::organization::{self, NewOrganization};
use service::tag::{self, NewTag, TagChange};

use test_support::Seller;

/// A customer to create, with a first and a last name.
pub fn named(first: &str, last: &str, email: &str) -> NewCustomer {
    NewCustomer {
        name: PersonName { first: first.to_owned(), last: last.to_owned() },
        email: Email::parse(email).unwrap(),
        company: String::new(),
        password: None,
        role: CustomerRole::User,
        organization: None,
        portal_access: true,
        metadata: Vec::new(),
        tags: TagNames::default(),
        id: None,
        created_at: None,
        updated_at: None,
    }
}

/// The fields of metadata, by name and value.
pub fn fields(pairs: &[(&str, &str)]) -> Vec<FieldChange> {
    pairs.iter().map(|(key, value)| FieldChange::parse(key, Some(value), None).unwrap()).collect()
}

/// The tags of a list with commas.
pub fn tags(list: &str) -> TagNames {
    TagNames::parse_list(list).unwrap()
}

/// Creates a customer.
pub async fn create(service: &Service, seller: &Seller, new: NewCustomer) -> CustomerRecord {
    saved(customer::create(service, &seller.actor, new).await.unwrap())
}

/// Changes a customer.
pub async fn change(
    service: &Service,
    seller: &Seller,
    id: CustomerId,
    change: CustomerChange,
) -> CustomerRecord {
    saved(customer::change(service, &seller.actor, id, change).await.unwrap())
}

fn saved(end: Saved) -> CustomerRecord {
    match end {
        Saved::Saved(record) => *record,
        other => panic!("{other:?}"),
    }
}

/// An organization with a name.
pub fn organization(name: &str) -> OrganizationInput {
    OrganizationInput { name: name.to_owned(), ..OrganizationInput::default() }
}

/// Creates an organization.
pub async fn create_organization(service: &Service, seller: &Seller, name: &str) -> OrganizationId {
    let new = NewOrganization::from(organization(name).parse().unwrap());
    match organization::create(service, &seller.actor, new).await.unwrap() {
        organization::Saved::Saved(record) => record.id,
        other @ organization::Saved::DuplicateName => panic!("{other:?}"),
    }
}

/// Creates a tag.
pub async fn create_tag(service: &Service, seller: &Seller, name: &str) -> TagId {
    let new = NewTag { name: TagName::parse("name", name).unwrap(), description: None };
    match tag::create(service, &seller.actor, new).await.unwrap() {
        tag::Saved::Saved(record) => record.id,
        other @ tag::Saved::DuplicateName => panic!("{other:?}"),
    }
}

/// Runs a use case of every kind that writes an event.
pub async fn write_events(service: &Service, seller: &Seller) {
    let actor = &seller.actor;
    let initech = create_organization(service, seller, "Initech").await;
    let new = NewCustomer {
        organization: Some(initech),
        metadata: fields(&[("order", "1")]),
        tags: tags("vip"),
        ..named("Bea", "Buyer", "bea@x.example")
    };
    let id = create(service, seller, new).await.id;
    let company = CustomerChange { company: Some("Initech".into()), ..CustomerChange::default() };
    change(service, seller, id, company).await;
    let token = customer::request_password_reset(service, actor, id).await.unwrap();
    customer::reset_password(service, actor, id, &token, "12345678".into()).await.unwrap();
    customer::delete(service, actor, id).await.unwrap();
    let renamed = organization("Initrode").parse().unwrap();
    organization::update(service, actor, initech, |_| Ok(renamed)).await.unwrap();
    organization::delete(service, actor, initech).await.unwrap();
    let beta = create_tag(service, seller, "beta").await;
    let name = TagName::parse("name", "gamma").unwrap();
    let renamed = TagChange { name: Some(name), description: None };
    tag::update(service, actor, beta, renamed).await.unwrap();
    tag::delete(service, actor, beta).await.unwrap();
}
