//! Opens the customer's page by the link of a mail.

use domain::{AccountId, CustomerId};

use super::brand::find_account;
use super::link;
use super::session::{CustomerSession, Holder};
use crate::{Result, Service};

/// Checks a link without opening the page, so that a mail scanner that follows it opens nothing.
///
/// # Errors
/// Returns [`crate::Error::NotFound`] if the seller has no such link or it has expired, or another
/// [`crate::Error`] if the database fails.
#[tracing::instrument(name = "customer_page.check_link", skip_all, err(level = "debug"))]
pub async fn check_link(service: &Service, seller: &str, token: &str) -> Result<()> {
    open(service, seller, token).await.map(drop)
}

/// Opens the page of the customer whose address got the link. The token is the permission.
///
/// # Errors
/// As [`check_link`].
#[tracing::instrument(name = "customer_page.open_by_link", skip_all, err(level = "debug"))]
pub async fn open_by_link(service: &Service, seller: &str, token: &str) -> Result<CustomerSession> {
    let (account, customer, email) = open(service, seller, token).await?;
    service.access.visits.note_login(customer, service.now());
    Ok(CustomerSession::new(service, account, Holder::Address { customer, email }))
}

/// Finds the account, the customer and the address of a link.
async fn open(service: &Service, seller: &str, token: &str) -> Result<(AccountId, CustomerId, String)> {
    let account = find_account(service, seller).await?;
    let db = service.store.read();
    let (customer, email) = link::find(db, &service.keys, account, token, service.now()).await?;
    Ok((account, customer, email))
}
