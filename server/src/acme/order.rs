//! One order of a certificate: account, challenges, certificate (RFC 8555, section 7).

use std::time::Duration;

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Error, Identifier, NewAccount, NewOrder,
    Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use service::Service;
use service::certificate::{self, NewCertificate, StoredAccount};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::client::AuthorityClient;
use super::failure::Failure;
use super::settings::AcmeSettings;
use crate::tls::{certified_key, validity};

/// How often and how long the authority is asked whether it has validated the names, or issued the certificate. The pause
/// grows from one second to some sixteen.
const POLLING: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_secs(1)).backoff(1.2).timeout(Duration::from_secs(90));

/// An order whose certificate is being issued: the names are valid, and only the answer is missing.
#[derive(Clone)]
pub(super) struct OpenOrder {
    url: String,
    account: String,
    key: Zeroizing<String>,
}

/// Orders a certificate, or gets that of an order that is open. `open` keeps the order if it is cut off meanwhile.
///
/// # Errors
/// Returns why the order failed.
pub(super) async fn order(
    service: &Service,
    settings: &AcmeSettings,
    client: &AuthorityClient,
    open: &mut Option<OpenOrder>,
) -> Result<NewCertificate, Failure> {
    let mut row = None;
    let issued = attempt(service, settings, client, open, &mut row).await;
    let Err(failure) = &issued else { return issued };
    if !failure.is_open() {
        *open = None;
    }
    if let Some(row) = row.filter(|_| failure.is_of_account())
        && let Err(error) = certificate::delete_account(service, row).await
    {
        tracing::debug!(%error, "account that the authority refuses not deleted; the next order does it");
    }
    issued
}

/// Makes one attempt. Notes the row of its account in `row`.
async fn attempt(
    service: &Service,
    settings: &AcmeSettings,
    client: &AuthorityClient,
    open: &mut Option<OpenOrder>,
    row: &mut Option<Uuid>,
) -> Result<NewCertificate, Failure> {
    let account = account(service, settings, client, row).await?;
    if let Some(former) = open.clone() {
        match resume(&account, former).await {
            Ok(new) => return Ok(new),
            Err(failure) if failure.is_open() => return Err(failure),
            Err(_) => *open = None,
        }
    }
    let names = settings.subject.names().iter().cloned().map(Identifier::Dns);
    let names: Vec<Identifier> = names.collect();
    let order = account.new_order(&NewOrder::new(&names)).await;
    let mut order = order.map_err(Failure::before_challenges)?;
    let mut tokens = Vec::new();
    let validated = validate(service, &mut order, &mut tokens).await;
    // The authority may still ask if it has not answered. The next order deletes them.
    if !validated.as_ref().is_err_and(Failure::is_open)
        && let Err(error) = certificate::delete_challenges(service, &tokens).await
    {
        tracing::debug!(%error, "challenges of an order not deleted; the next order does it");
    }
    validated?;
    let (key, request) = request(settings.subject.names())?;
    *open =
        Some(OpenOrder { url: order.url().to_owned(), account: account.id().to_owned(), key: key.clone() });
    order.finalize_csr(&request).await?;
    collect(&mut order, key).await
}

/// Gets the certificate of an order that was cut off.
async fn resume(account: &Account, former: OpenOrder) -> Result<NewCertificate, Failure> {
    if account.id() != former.account {
        return Err(Failure::Unusable("the order is one of another account".to_owned()));
    }
    let mut order = account.order(former.url).await?;
    let status = order.state().status;
    match status {
        OrderStatus::Processing | OrderStatus::Valid => collect(&mut order, former.key).await,
        _ => Err(Failure::Unusable(format!("the order is {status:?}"))),
    }
}

/// Waits for the certificate.
async fn collect(order: &mut Order, key: Zeroizing<String>) -> Result<NewCertificate, Failure> {
    let chain = order.poll_certificate(&POLLING).await?;
    let pair = certified_key(chain.as_bytes(), key.as_bytes()).map_err(Failure::Unusable)?;
    let validity = pair.cert.first().and_then(|certificate| validity(certificate));
    let (valid_from, expires_at) =
        validity.ok_or_else(|| Failure::Unusable("its end can't be read".to_owned()))?;
    Ok(NewCertificate { chain, key, valid_from, expires_at })
}

/// Makes a key, and the request of a certificate for it. Made here, so that the key is known before the authority is asked.
fn request(names: &[String]) -> Result<(Zeroizing<String>, Vec<u8>), Failure> {
    let failed = |error: rcgen::Error| Failure::Unusable(format!("its request can't be made: {error}"));
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.distinguished_name = DistinguishedName::new();
    let key = KeyPair::generate().map_err(failed)?;
    let request = params.serialize_request(&key).map_err(failed)?;
    Ok((key.serialize_pem().into(), request.der().to_vec()))
}

/// Returns the account at the authority, and notes its row. Makes it at the first order, or in place of one that does not
/// open.
async fn account(
    service: &Service,
    settings: &AcmeSettings,
    client: &AuthorityClient,
    row: &mut Option<Uuid>,
) -> Result<Account, Failure> {
    let directory = settings.subject.directory();
    let contact = settings.contact.as_deref();
    let address = contact.map(|contact| format!("mailto:{contact}"));
    let addresses: Vec<&str> = address.as_deref().into_iter().collect();
    let builder = Account::builder_with_http(Box::new(client.clone()));
    let stored = certificate::account(service, directory).await?;
    *row = stored.as_ref().map(|stored| stored.id);
    if let Some((stored, credentials)) = stored.as_ref().and_then(|it| Some((it, credentials(it)?))) {
        let account = builder.from_credentials(credentials).await.map_err(Failure::before_challenges)?;
        if stored.contact.as_deref() != contact {
            let updated = account.update_contacts(&addresses).await;
            updated.map_err(Failure::before_challenges)?;
            certificate::note_contact(service, stored.id, contact).await?;
        }
        return Ok(account);
    }
    let new = NewAccount { contact: &addresses, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) = builder.create(&new, directory.to_owned(), None).await?;
    let credentials = Zeroizing::new(serde_json::to_vec(&credentials).map_err(Error::Json)?);
    *row = Some(certificate::store_account(service, *row, directory, contact, &credentials).await?);
    Ok(account)
}

/// Returns the credentials of an account; `None` if they can't be used.
fn credentials(stored: &StoredAccount) -> Option<AccountCredentials> {
    let parsed = serde_json::from_slice(stored.credentials.as_deref()?);
    if parsed.is_err() {
        tracing::debug!("stored account of the authority can't be read; a new one replaces it");
    }
    parsed.ok()
}

/// Has the names validated. Adds the tokens of the challenges to `tokens`.
async fn validate(service: &Service, order: &mut Order, tokens: &mut Vec<String>) -> Result<(), Failure> {
    answer_challenges(service, order, tokens).await?;
    match order.poll_ready(&POLLING).await {
        Ok(OrderStatus::Ready) => Ok(()),
        Ok(status) => {
            let refusal = refusal(order).await;
            Err(refusal.unwrap_or_else(|| Failure::Unusable(format!("the order is {status:?}"))))
        }
        // The problem of the name says more.
        Err(error @ Error::Api(_)) => Err(refusal(order).await.unwrap_or(Failure::Authority(error))),
        Err(error) => Err(error.into()),
    }
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
        let mut challenge = challenge.ok_or_else(|| Failure::NoHttpChallenge(name.clone()))?;
        let token = challenge.token.clone();
        let answer = challenge.key_authorization();
        certificate::store_challenge(service, &token, answer.as_str()).await?;
        tokens.push(token);
        challenge.set_ready().await.map_err(|error| Failure::of_challenge(name, error))?;
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
