//! `countersign license free`.

use domain::DomainName;
use domain::activation::Kind;
use domain::view::ActivationRow;
use service::{Service, activation, license};

use super::found::LicenseRef;
use crate::command::context::user_message;

/// Frees the slot of the activation with this domain or fingerprint.
pub async fn free(service: &Service, found: &LicenseRef, subject: &str) -> Result<(), String> {
    let domain = DomainName::parse(subject).ok();
    let matches = |row: &ActivationRow| match row.kind {
        Kind::Domain => domain.as_ref().is_some_and(|domain| domain.as_str() == row.subject),
        Kind::Machine => row.subject == subject,
    };
    let mut before: Option<String> = None;
    loop {
        let view = license::show_from(service, &found.actor, found.id, before.as_deref())
            .await
            .map_err(|e| user_message(&e))?;
        if let Some(activation) = view.activations.iter().find(|row| matches(row)).and_then(|row| row.id) {
            let freed = activation::free(service, &found.actor, found.id, activation).await;
            return freed.map_err(|e| user_message(&e));
        }
        let more = view.more_activations.ok_or("The license is not active on this domain or machine.")?;
        before = Some(more);
    }
}
