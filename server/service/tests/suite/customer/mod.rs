//! Customers: lists, changes, mergers, erasures and exports.

mod change;
mod erase;
mod export;
mod issue;
mod list;
mod merge;
mod race;

use domain::bounded_text::Name;
use domain::customer::{CustomerRef, Identity};
use domain::license::NewLicense;
use domain::view::{CustomerQuery, CustomerRow};
use domain::{CustomerId, Email, LicenseId};
use service::license::issue;
use service::{Service, customer};

use test_support::Seller;

pub fn name(text: &str) -> Name {
    Name::parse("name", text).unwrap()
}

pub fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// An identity; an empty text is none.
pub fn identity(name: &str, email: &str) -> Identity {
    Identity {
        name: Name::optional("name", name).unwrap(),
        email: (!email.is_empty()).then(|| Email::parse(email).unwrap()),
    }
}

/// A request for one license of a customer.
pub fn to(seller: &Seller, customer: &Identity) -> NewLicense {
    NewLicense {
        customer_name: customer.name.clone(),
        customer_email: customer.email.clone(),
        ..NewLicense::for_product(seller.product.id)
    }
}

/// Issues licenses to a customer and returns the customer and the licenses.
pub async fn holder(
    service: &Service,
    seller: &Seller,
    name: &str,
    address: &str,
    count: u32,
) -> (CustomerId, Vec<LicenseId>) {
    let request = NewLicense { count, ..to(seller, &identity(name, address)) };
    let issued = issue(service, &seller.actor, request).await.unwrap();
    let found = customer::find(service, &seller.actor, &CustomerRef::Email(email(address))).await.unwrap();
    (found, issued.into_iter().map(|license| license.id).collect())
}

/// The customers that a search finds.
pub async fn found(service: &Service, seller: &Seller, search: &str) -> Vec<CustomerRow> {
    let query = CustomerQuery { search: search.to_owned(), cursor: None };
    customer::list(service, &seller.actor, &query).await.unwrap().items
}
