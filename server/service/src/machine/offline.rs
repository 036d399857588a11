//! Offline activation, trial and deactivation: a request file in, a signed response out.
//!
//! A request file contains the JSON of the online request, plain or Base64-encoded. Base64 survives
//! email and copy and paste. Windows tools write it as UTF-16, or between BEGIN and END lines.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use domain::json_fields::Fields;
use domain::machine::Seconds;
use domain::permission::Permission;
use domain::token::Receipt;
use domain::{ActivationId, FieldError, LicenseId, ProductId, Timestamp};

use super::binding;
use super::deactivate::{proof_matches, release_by_client};
use super::lookup::{find_activation, load_product, product_matches};
use super::request::ActivationMode;
use super::trial::TrialMode;
use super::{
    ActivationOutcome, ActivationRequest, DeactivateOutcome, DeactivationProof, TrialRequest, token,
};
use crate::activation::is_key_of;
use crate::signing::TokenKind;
use crate::store::entity::{licenses, products};
use crate::store::{WriteTxn, scope};
use crate::{Actor, Error, Result, Service, signing};

/// Parses a request file.
///
/// # Errors
/// Returns an error if the file contains no JSON object.
pub fn parse_request_file(text: &str) -> Result<Fields, FieldError> {
    let invalid = || {
        FieldError::new(
            "offlineRequest",
            "The offline request is not one: paste the whole content of the request file.",
        )
    };
    // UTF-16 that was decoded as an 8-bit encoding has a NUL beside every character.
    let text = text.replace(['\0', '\u{FEFF}', '\u{FFFD}'], "");
    let text = text.trim_start_matches(['ÿ', 'þ']).trim();
    if text.starts_with('{') {
        return Fields::parse(text.as_bytes()).map_err(|_| invalid());
    }
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("-----"));
    let encoded: String =
        lines.flat_map(str::chars).filter(|c| !c.is_ascii_whitespace() && *c != '=').collect();
    let bytes = BASE64_NOPAD
        .decode(encoded.as_bytes())
        .or_else(|_| BASE64URL_NOPAD.decode(encoded.as_bytes()))
        .map_err(|_| invalid())?;
    if bytes.trim_ascii().is_empty() {
        return Err(invalid());
    }
    Fields::parse(&bytes).map_err(|_| invalid())
}

/// Activates a license on a machine from its request file. The machine must load the response file
/// within `validity`.
///
/// # Errors
/// Returns an error if the role does not allow it, the license does not exist, the file is invalid,
/// or the database or signing fails.
#[tracing::instrument(name = "machine.activate_offline", skip_all, fields(account = %actor.account, license = %license), err(level = "debug"))]
pub async fn activate(
    service: &Service,
    actor: &Actor,
    license: LicenseId,
    file: &str,
    validity: Option<Seconds>,
) -> Result<ActivationOutcome> {
    actor.require(Permission::WriteLicense)?;
    let request = ActivationRequest::parse(&parse_request_file(file)?)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, license).await?;
    let product = load_product(txn.conn(), &row).await?;
    if let Some(refusal) = refusal_of(service, &txn, &request, &row, &product).await? {
        return Ok(refusal);
    }
    let until = validity.map(|validity| txn.now().plus_seconds(i64::from(validity.get())));
    let mode = ActivationMode::OfflineFile { until };
    let activation = match binding::bind(&mut txn, actor, row, product, &request, mode).await? {
        Ok(activation) => activation,
        Err(refusal) => return Ok(refusal),
    };
    txn.commit().await?;
    token::sign_activation(service, &activation, &request).await.map(ActivationOutcome::Token)
}

/// Returns the refusal of a request with the key of another license, or of another product.
pub(super) async fn refusal_of(
    service: &Service,
    txn: &WriteTxn,
    request: &ActivationRequest,
    license: &licenses::Model,
    product: &products::Model,
) -> Result<Option<ActivationOutcome>> {
    if !is_key_of(service, txn.conn(), &request.key, license).await? {
        return Ok(Some(ActivationOutcome::InvalidKey));
    }
    let matches = product_matches(product, &request.raw_product_id);
    Ok((!matches).then_some(ActivationOutcome::InvalidProduct))
}

/// Starts a trial on a machine from its request file.
///
/// # Errors
/// Returns an error if the file is invalid, or if the database or signing fails.
#[tracing::instrument(name = "machine.start_trial_offline", level = "debug", skip_all, err(level = "debug"))]
pub async fn start_trial(
    service: &Service,
    raw_product_id: Option<String>,
    file: &str,
    validity: Option<Seconds>,
    ip: Option<String>,
) -> Result<ActivationOutcome> {
    let request = TrialRequest::parse(&parse_request_file(file)?)?;
    if let Some(raw_product_id) = raw_product_id
        && super::find_product_id(service, &raw_product_id).await?
            != super::find_product_id(service, &request.raw_product_id).await?
    {
        return Ok(ActivationOutcome::InvalidProduct);
    }
    let until = validity.map(|validity| service.now().plus_seconds(i64::from(validity.get())));
    super::trial::start_or_resume(service, &request, ip, TrialMode::OfflineFile { until }).await
}

/// Releases a machine activation from its request file and returns a signed receipt.
///
/// # Errors
/// Returns an error if the role does not allow it, the file is invalid, the activation belongs to
/// another license, the deactivation limit is reached, or the database or signing fails.
#[tracing::instrument(name = "machine.deactivate_offline", skip_all, fields(account = %actor.account, license = %license), err(level = "debug"))]
pub async fn deactivate(service: &Service, actor: &Actor, license: LicenseId, file: &str) -> Result<String> {
    actor.require(Permission::WriteLicense)?;
    let fields = parse_request_file(file)?;
    let proof = DeactivationProof::parse(&fields)?;
    let id = fields.required("activationId")?;
    let id: ActivationId = id
        .trim()
        .parse()
        .map_err(|_| FieldError::new("activationId", "The activationId field must be an activation’s id."))?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, license).await?;
    let product = load_product(txn.conn(), &row).await?;
    let other = || {
        Error::invalid("offlineRequest", "The activation in this request does not belong to this license.")
    };
    let activation =
        find_activation(txn.conn(), id).await?.filter(|a| a.license_id == row.id).ok_or_else(other)?;
    if !proof_matches(service, &txn, &proof, &row, &product, &activation).await? {
        return Err(other());
    }
    let outcome = release_by_client(&mut txn, actor, &row, &product, &activation).await?;
    if outcome != DeactivateOutcome::Freed {
        return Err(Error::Conflict("This license’s machines have deactivated as often as they may.".into()));
    }
    let now: Timestamp = txn.now();
    txn.commit().await?;
    let receipt = Receipt {
        aid: activation.id.to_string(),
        lid: row.id.to_string(),
        pid: &proof.raw_product_id,
        fp: proof.fingerprint.as_str(),
        iat: now.seconds(),
        eat: now.seconds() - 1,
        suspended: true,
        deactivated: true,
    };
    signing::sign(service, ProductId(product.id), TokenKind::DeactivationReceipt, &receipt).await
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64_MIME;

    use super::*;

    #[test]
    fn request_files_are_read_as_tools_write_them() {
        let json = r#"{"key":"LIC-1","hostname":"Büro"}"#;
        let utf16: Vec<u8> = "\u{FEFF}"
            .chars()
            .chain(json.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let as_latin1: String = utf16.iter().copied().map(char::from).collect();
        let certificate = |bytes: &[u8]| {
            format!(
                "-----BEGIN CERTIFICATE-----\r\n{}-----END CERTIFICATE-----\r\n",
                BASE64_MIME.encode(bytes)
            )
        };
        for text in [
            json.to_owned(),
            format!("\u{FEFF}{json}\r\n"),
            format!("\u{FEFF}{}", json.chars().flat_map(|c| [c, '\0']).collect::<String>()),
            BASE64_MIME.encode(json.as_bytes()),
            BASE64_MIME.encode(format!("\u{FEFF}{json}").as_bytes()),
            BASE64_MIME.encode(&utf16),
            certificate(json.as_bytes()),
            certificate(&utf16),
        ] {
            let fields = parse_request_file(&text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!(fields.required("hostname").as_deref(), Ok("Büro"), "{text:?}");
        }
        let fields = parse_request_file(&as_latin1).expect("a request file");
        assert_eq!(fields.required("key").as_deref(), Ok("LIC-1"));
        for text in ["", "\u{FEFF}", "not a file", "-----BEGIN X-----\n-----END X-----"] {
            assert!(parse_request_file(text).is_err(), "{text:?}");
        }
    }
}
