//! Counts refused activations. Verifications are counted where they are answered.

use domain::DomainName;
use domain::activation::Kind;
use domain::refusal::RefusalReason;

use super::outcome::ActivateOutcome;
use crate::Service;
use crate::machine::{ActivationOutcome, ActivationRequest};
use crate::secrets::KeyDigests;
use crate::usage::RefusedRequest;

/// Counts the activation of a domain if it was refused. `ip` is the address of the app, if known.
pub(super) async fn count_domain(
    service: &Service,
    digests: KeyDigests,
    domain: &DomainName,
    outcome: ActivateOutcome,
    ip: Option<&str>,
) {
    let ActivateOutcome::Refused(refusal) = outcome else { return };
    let request = RefusedRequest {
        kind: Kind::Domain,
        subject: domain.as_str(),
        hostname: None,
        reason: refusal.into(),
        client: ip.and_then(|ip| ip.parse().ok()),
    };
    count(service, digests, request).await;
}

/// Counts the activation of a machine if it was refused. `ip` is the address of the app, if known.
pub(crate) async fn count_machine(
    service: &Service,
    digests: KeyDigests,
    request: &ActivationRequest,
    outcome: &ActivationOutcome,
    ip: Option<&str>,
) {
    let reason = match outcome {
        ActivationOutcome::Revoked => RefusalReason::Revoked,
        ActivationOutcome::LimitReached => RefusalReason::LimitReached,
        ActivationOutcome::NotAdmitted(_) => RefusalReason::MachineNotAllowed,
        _ => return,
    };
    let request = RefusedRequest {
        kind: Kind::Machine,
        subject: request.fingerprint.as_str(),
        hostname: Some(&request.machine.hostname),
        reason,
        client: ip.and_then(|ip| ip.parse().ok()),
    };
    count(service, digests, request).await;
}

/// Counts a refusal. A failed look-up loses the count, and the app still gets its answer.
async fn count(service: &Service, digests: KeyDigests, request: RefusedRequest<'_>) {
    let snapshot = match service.cache.get(&digests.primary) {
        Some(snapshot) => Some(snapshot),
        None => service.license_loader.load_one(digests).await.ok().flatten(),
    };
    if let Some(snapshot) = snapshot {
        service.usage.count_refusal(&snapshot, request, service.now());
    }
}
