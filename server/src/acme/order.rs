//! One order of a certificate: account, challenges, certificate (RFC 8555, section 7).

use std::time::Duration;

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Error, Identifier, NewAccount, NewOrder,
    Order, OrderStatus, RetryPolicy,
};
use service::Service;
use service::certificate::{self, NewCertificate, StoredAccount};

use super::client::AuthorityClient;
use super::failure::Failure;
use super::settings::AcmeSettings;
use crate::tls::{certified_key, validity};

/// How long the authority may take to validate the names, and to issue the certificate.
const POLLING: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(90));

/// Orders a certificate.
///
/// # Errors
/// Returns why the order failed.
pub(super) async fn order(
    service: &Service,
    settings: &AcmeSettings,
    client: &AuthorityClient,
) -> Result<NewCertificate, Failure> {
    let account = account(service, settings, client).await?;
    let names = settings.subject.names().iter().cloned().map(Identifier::Dns);
    let names: Vec<Identifier> = names.collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let mut tokens = Vec::new();
    let issued = finish(service, &mut order, &mut tokens).await;
    if let Err(error) = certificate::delete_challenges(service, &tokens).await {
        tracing::debug!(%error, "challenges of an order not deleted; the next order does it");
    }
    issued
}

/// Returns the account at the authority. Makes it at the first order.
async fn account(
    service: &Service,
    settings: &AcmeSettings,
    client: &AuthorityClient,
) -> Result<Account, Failure> {
    let directory = settings.subject.directory();
    let contact = settings.contact.as_deref();
    let address = contact.map(|contact| format!("mailto:{contact}"));
    let addresses: Vec<&str> = address.as_deref().into_iter().collect();
    let builder = Account::builder_with_http(Box::new(client.clone()));
    if let Some(stored) = certificate::account(service, directory).await? {
        let account = builder.from_credentials(credentials(&stored)?).await?;
        if stored.contact.as_deref() != contact {
            account.update_contacts(&addresses).await?;
            certificate::note_contact(service, stored.id, contact).await?;
        }
        return Ok(account);
    }
    let new = NewAccount { contact: &addresses, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) = builder.create(&new, directory.to_owned(), None).await?;
    let credentials = serde_json::to_vec(&credentials).map_err(Error::Json)?;
    certificate::store_account(service, directory, contact, &credentials).await?;
    Ok(account)
}

fn credentials(stored: &StoredAccount) -> Result<AccountCredentials, Failure> {
    Ok(serde_json::from_slice(&stored.credentials).map_err(Error::Json)?)
}

/// Has the names validated, and gets the certificate. Adds the tokens of the challenges to `tokens`.
async fn finish(
    service: &Service,
    order: &mut Order,
    tokens: &mut Vec<String>,
) -> Result<NewCertificate, Failure> {
    answer_challenges(service, order, tokens).await?;
    match order.poll_ready(&POLLING).await {
        Ok(OrderStatus::Ready) => {}
        Ok(status) => {
            let refusal = refusal(order).await;
            return Err(refusal.unwrap_or_else(|| Failure::Unusable(format!("the order is {status:?}"))));
        }
        // The problem of the name says more.
        Err(error @ Error::Api(_)) => return Err(refusal(order).await.unwrap_or(Failure::Authority(error))),
        Err(error) => return Err(error.into()),
    }
    let key = order.finalize().await?;
    let chain = order.poll_certificate(&POLLING).await?;
    let pair = certified_key(chain.as_bytes(), key.as_bytes()).map_err(Failure::Unusable)?;
    let validity = pair.cert.first().and_then(|certificate| validity(certificate));
    let (valid_from, expires_at) =
        validity.ok_or_else(|| Failure::Unusable("its end can't be read".to_owned()))?;
    Ok(NewCertificate { chain, key: key.into(), valid_from, expires_at })
}

/// Stores the answers to the challenges, and has the authority ask.
async fn answer_challenges(
    service: &Service,
    order: &mut Order,
    tokens: &mut Vec<String>,
) -> Result<(), Failure> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let challenge = authorization.challenge(ChallengeType::Http01);
        let mut challenge = challenge.ok_or(Failure::NoHttpChallenge(name))?;
        let token = challenge.token.clone();
        let answer = challenge.key_authorization();
        certificate::store_challenge(service, &token, answer.as_str()).await?;
        tokens.push(token);
        challenge.set_ready().await?;
    }
    Ok(())
}

/// Returns the first name that the authority did not validate, with its reason.
async fn refusal(order: &mut Order) -> Option<Failure> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let authorization = authorization.ok()?;
        if matches!(authorization.status, AuthorizationStatus::Valid | AuthorizationStatus::Pending) {
            continue;
        }
        let problem = authorization.challenges.iter().find_map(|challenge| challenge.error.clone());
        return Some(Failure::Name(authorization.identifier().to_string(), problem));
    }
    None
}
