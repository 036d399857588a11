//! The customer's page: keys and links that open it, the rule of releases, and its look.

mod key;
mod link;
mod offline;
mod release;
mod seller;

use std::sync::Arc;

use domain::license::NewLicense;
use domain::locale::Locales;
use domain::product::ProductSettings;
use domain::{ActivationId, CustomerRelease, Email, LicenseId};
use service::customer_page::{CustomerSession, open_by_key, open_by_link, request_link};
use service::{Clock, Service, license, product};

use crate::mail::send_all;
use test_support::smtp::SmtpServer;
use test_support::{Seller, TestDatabase, seller};

const START: &str = "http://127.0.0.1:3000/manage/ada/link/";

/// Sets how often customers of the seller's product may free.
pub async fn set_rule(service: &Service, seller: &Seller, rule: CustomerRelease) {
    let shown = product::show(service, &seller.actor, seller.product.id).await.unwrap();
    let settings = ProductSettings { customer_release: rule, ..shown.settings().unwrap() };
    product::update(service, &seller.actor, seller.product.id, settings).await.unwrap();
}

/// Returns the newest activation of a license.
pub async fn slot_of(service: &Service, seller: &Seller, id: LicenseId) -> ActivationId {
    let shown = license::show(service, &seller.actor, id).await.unwrap();
    shown.activations().next().and_then(|row| row.id).expect("an activation")
}

fn texts_of(language: &str) -> Arc<domain::locale::Texts> {
    Locales::built_in().unwrap().choose(Some(language), None)
}

/// Asks for a link and opens the page by it.
pub async fn open_by_mail(service: &Service, server: &SmtpServer, email: &str) -> CustomerSession {
    request_link(service, "ada", email, &texts_of("en"), Some("192.0.2.1")).unwrap();
    let find = || {
        let received = server.received();
        received
            .iter()
            .rfind(|mail| mail.to == [email] && mail.text().contains(START))
            .map(|mail| mail.link(START))
    };
    while find().is_none() {
        send_all(service).await;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let link = find().unwrap();
    open_by_link(service, "ada", link.strip_prefix(START).unwrap()).await.unwrap()
}

async fn open(service: &Service, key: &domain::LicenseKey) -> CustomerSession {
    open_by_key(service, None, key.expose(), None).await.unwrap().expect("an open page").0
}

/// Issues a license to Grace and returns its id.
async fn issue_to(service: &Service, seller: &Seller, email: &str) -> LicenseId {
    let new = NewLicense {
        customer_email: Some(Email::parse(email).unwrap()),
        domain_limit: Some(domain::license::Limit::new(2)),
        ..NewLicense::for_product(seller.product.id)
    };
    license::issue(service, &seller.actor, new).await.unwrap()[0].id
}

async fn mailing(db: &TestDatabase, clock: Clock) -> (Service, SmtpServer, Seller) {
    let (service, server) = (db.open_at(clock).await, SmtpServer::start().await);
    let ada = seller(&service, "ada").await;
    server.enable(&service);
    (service, server, ada)
}
