//! `countersign license free`.

use domain::DomainName;
use domain::activation::Kind;
use domain::view::{ActivationCursors, ActivationRow};
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
    let mut before = ActivationCursors::default();
    loop {
        let view = license::show_from(service, &found.actor, found.id, &before)
            .await
            .map_err(|e| user_message(&e))?;
        if let Some(activation) = view.activations().find(|row| matches(row)).and_then(|row| row.id) {
            let freed = activation::free(service, &found.actor, found.id, activation).await;
            return freed.map_err(|e| user_message(&e));
        }
        // The list that ended begins again, which finds nothing new.
        before = ActivationCursors { domains: view.domains.more, machines: view.machines.more };
        if before == ActivationCursors::default() {
            return Err("The license is not active on this domain or machine.".into());
        }
    }
}
