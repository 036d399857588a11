//! Finds a license by its key and shows it.

use domain::view::LicenseView;
use domain::{LicenseId, LicenseKey, Timestamp};
use serde_json::{Value, json};
use service::{Actor, Service, license};

use crate::command::context::user_message;
use crate::command::output::CommandResult;

/// A license and the actor that changes it.
pub struct LicenseRef {
    pub actor: Actor,
    pub id: LicenseId,
    pub key: LicenseKey,
}

pub async fn find_license(service: &Service, key: &str) -> Result<LicenseRef, String> {
    let key = LicenseKey::parse(key).map_err(|e| e.to_string())?;
    match license::find_by_key(service, &key).await {
        Ok((account, id, key)) => Ok(LicenseRef { actor: Actor::operator(account), id, key }),
        Err(service::Error::NotFound) => Err("There is no license with this key.".into()),
        Err(error) => Err(user_message(&error)),
    }
}

pub async fn show(service: &Service, found: LicenseRef) -> CommandResult {
    let view = license::show(service, &found.actor, found.id).await.map_err(|e| user_message(&e))?;
    Ok(to_json(&view, found.key.expose()))
}

fn to_json(license: &LicenseView, key: &str) -> Value {
    json!({
        "key": key,
        "id": license.id,
        "standing": license.standing,
        "standing_since": license.standing_since.map(Timestamp::rfc3339),
        "reason": license.standing_reason,
        "product": license.product,
        "product_id": license.product_id,
        "customer_email": license.customer_email,
        "domains_used": license.domains_used,
        "domain_limit": license.domain_limit,
        "machines_used": license.machines_used,
        "machine_limit": license.machine_limit,
        "activations": license.activations().map(|a| json!({
            "kind": a.kind,
            "subject": a.subject,
            "activated_at": a.activated_at.rfc3339(),
        })).collect::<Vec<_>>(),
        "verification_count": license.verification_count,
        "expires_at": license.expires_at.map(Timestamp::rfc3339),
        "created_at": license.created_at.rfc3339(),
    })
}
