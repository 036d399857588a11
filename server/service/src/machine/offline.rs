//! Machines that never reach us: a request file in, a signed response out.
//!
//! A request file holds the JSON that an online client would send, as it is or in
//! base 64, so that it survives being mailed and pasted.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use domain::fields::Fields;
use domain::machine::Seconds;
use domain::permission::Permission;
use domain::token::Receipt;
use domain::{ActivationId, Invalid, LicenseId, ProductId, Timestamp};

use super::deactivate::{belongs, give_up};
use super::seat::{self, Way};
use super::{Answer, Deactivated, Proof, Request, TrialRequest, find, is_named, product_of, token};
use crate::activation::lookup;
use crate::store::scope;
use crate::{Actor, Error, Result, Service, signing};

/// Reads a request file.
///
/// # Errors
/// When it holds no JSON object.
pub fn read(text: &str) -> Result<Fields, Invalid> {
    let wrong = || {
        Invalid::new(
            "offlineRequest",
            "The offline request is not one: paste the whole content of the request file.",
        )
    };
    let text = text.trim();
    if text.starts_with('{') {
        return Fields::parse(text.as_bytes()).map_err(|_| wrong());
    }
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != '=').collect();
    let bytes = BASE64_NOPAD
        .decode(packed.as_bytes())
        .or_else(|_| BASE64URL_NOPAD.decode(packed.as_bytes()))
        .map_err(|_| wrong())?;
    if bytes.trim_ascii().is_empty() {
        return Err(wrong());
    }
    Fields::parse(&bytes).map_err(|_| wrong())
}

/// Activates a license on a machine by its request file. The response must be
/// loaded there within `validity`.
///
/// # Errors
/// When the role does not allow it, the license is not there, the file is none,
/// or the database or the signing fails.
pub async fn activate(
    service: &Service,
    actor: &Actor,
    license: LicenseId,
    file: &str,
    validity: Option<Seconds>,
) -> Result<Answer> {
    actor.require(Permission::WriteLicense)?;
    let request = Request::read(&read(file)?)?;
    let mut txn = service.write().await?;
    let row = scope::lock_license(&txn, actor.account, license).await?;
    if lookup::digest(service, &request.key).is_none_or(|digest| row.key_digest != digest) {
        return Ok(Answer::InvalidKey);
    }
    let product = product_of(txn.conn(), &row).await?;
    if !is_named(&product, &request.product_sent) {
        return Ok(Answer::InvalidProduct);
    }
    let until = validity.map(|v| txn.now().plus_seconds(i64::from(v.get())));
    let bound = match seat::bind(&mut txn, actor, row, product, &request, Way::File { until }).await? {
        Ok(bound) => bound,
        Err(refusal) => return Ok(refusal),
    };
    txn.commit().await?;
    token::sign(service, &bound, &request).await.map(Answer::Token)
}

/// Begins a machine's trial by its request file.
///
/// # Errors
/// When the file is none, or the database or the signing fails.
pub async fn begin_trial(
    service: &Service,
    product_sent: Option<String>,
    file: &str,
    validity: Option<Seconds>,
    ip: Option<String>,
) -> Result<Answer> {
    let request = TrialRequest::read(&read(file)?)?;
    if let Some(sent) = product_sent
        && super::check_product(service, &sent).await?
            != super::check_product(service, &request.product_sent).await?
    {
        return Ok(Answer::InvalidProduct);
    }
    let until = validity.map(|v| service.now().plus_seconds(i64::from(v.get())));
    super::trial::begin(service, &request, ip, until).await
}

/// Frees the seat of a machine by its request file, and answers with a signed
/// receipt.
///
/// # Errors
/// When the role does not allow it, the file is none, the activation is not this
/// license's, or the license's clients may deactivate no more.
pub async fn deactivate(service: &Service, actor: &Actor, license: LicenseId, file: &str) -> Result<String> {
    actor.require(Permission::WriteLicense)?;
    let fields = read(file)?;
    let proof = Proof::read(&fields)?;
    let id = fields.required("activationId")?;
    let id: ActivationId = id
        .trim()
        .parse()
        .map_err(|_| Invalid::new("activationId", "The activationId field must be an activation’s id."))?;
    let mut txn = service.write().await?;
    let row = scope::lock_license(&txn, actor.account, license).await?;
    let product = product_of(txn.conn(), &row).await?;
    let activation = find(txn.conn(), id)
        .await?
        .filter(|a| a.license_id == row.id && belongs(service, &proof, &row, &product, a))
        .ok_or_else(|| {
            Error::invalid("offlineRequest", "This request is of an activation that is not on this license.")
        })?;
    let done = give_up(&mut txn, actor, &row, &product, &activation).await?;
    if done != Deactivated::Freed {
        return Err(Error::Conflict("This license’s machines have deactivated as often as they may.".into()));
    }
    let now: Timestamp = txn.now();
    txn.commit().await?;
    let receipt = Receipt {
        aid: activation.id.to_string(),
        lid: row.id.to_string(),
        pid: &proof.product_sent,
        fp: proof.fingerprint.as_str(),
        iat: now.seconds(),
        deactivated: true,
    };
    signing::sign(service, ProductId(product.id), &receipt).await
}
