//! Asks for a link that opens the customer's page.

use std::sync::Arc;

use domain::locale::Texts;
use domain::mail::MailKind;
use domain::{CustomerId, Email};
use sea_orm::{EntityTrait as _, QueryFilter as _};

use super::brand::{brand, find_account};
use super::link;
use crate::account::suspension::is_suspended;
use crate::mail::{NewMail, allows_link, queue, texts};
use crate::store::entity::customers;
use crate::store::scope;
use crate::{Error, Result, Service};

/// Sends a link to the seller's customer with this address, if there is one. The answer and its time do not
/// tell: the look-up runs after the answer. The mail has the language of the page. Requests are limited per
/// client. A customer gets three links an hour at most, and an account sends 200.
///
/// # Errors
/// Returns an error of the field `email` if the text is no address, [`Error::TooManyTries`] after too many
/// requests, or [`Error::Conflict`] if mail is off.
#[tracing::instrument(name = "customer_page.request_link", skip_all, err(level = "debug"))]
pub fn request_link(
    service: &Service,
    seller: &str,
    email: &str,
    language: &Arc<Texts>,
    client: Option<&str>,
) -> Result<()> {
    service.mailer()?;
    service.customer_page_throttle.check_link(client, service.now()).inspect_err(|_| {
        tracing::warn!(client, "link of the customer's page refused: too many requests");
    })?;
    let email = Email::parse(email)?;
    let (service, language, seller) = (service.clone(), Arc::clone(language), seller.to_owned());
    tokio::spawn(async move {
        match send_link(&service, &seller, &email, &language).await {
            Ok(()) => {}
            Err(Error::NotFound) => tracing::info!("link of the customer's page for an unknown address"),
            Err(error) => tracing::warn!(%error, "mail with the link of the customer's page not queued"),
        }
    });
    Ok(())
}

async fn send_link(service: &Service, seller: &str, email: &Email, language: &Texts) -> Result<()> {
    let mailer = service.mailer()?;
    let account = find_account(service, seller).await?;
    let db = service.store.read();
    let customer = customers::Entity::find()
        .filter(scope::customers_with_emails(service.store.backend(), account, [email.as_str()])?)
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    if is_suspended(db, account).await? {
        tracing::info!(%account, "link of the customer's page not sent: the seller is suspended");
        return Ok(());
    }
    let customer = CustomerId(customer.id);
    let brand = brand(service, seller).await?;
    let txn = service.begin_write().await?;
    // An erasure or a new address between the look-up and the lock ends the request.
    let row = scope::lock_customer(&txn, account, customer).await?;
    if row.email.as_deref() != Some(email.as_str()) {
        return Err(Error::NotFound);
    }
    if !allows_link(&txn, account, customer).await? {
        tracing::warn!(%account, %customer, "link of the customer's page not sent: too many mails");
        return Ok(());
    }
    let (token, expires_at) = link::insert(&txn, &service.keys, account, customer, email.as_str()).await?;
    let url = format!("{}/manage/{}/link/{token}", mailer.origin(), brand.slug);
    let new = NewMail {
        account,
        kind: MailKind::CustomerLink,
        recipient: email.to_string(),
        content: texts::customer_link(language, &brand.name, url),
        object: Some(customer.0),
        customer: Some(customer),
        expires_at,
    };
    queue(&txn, &service.keys, new).await?;
    txn.commit().await?;
    tracing::info!(%account, %customer, "link of the customer's page queued");
    Ok(())
}
