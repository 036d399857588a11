//! Offline activation by a customer: a request file in, a signed response with an end out.

use std::sync::Arc;

use domain::event::Event;
use domain::{CustomerOffline, LicenseId, OfflineResponse, Timestamp};

use super::binding::{self, find_for_machine};
use super::offline::{parse_request_file, refusal_of};
use super::request::ActivationMode;
use super::{ActivationOutcome, ActivationRequest, token};
use crate::store::entity::{activations, licenses, products};
use crate::store::{AuditEvent, WriteTxn, convert};
use crate::{Actor, Result, Service};

/// A request file that a customer sent.
pub(crate) enum CustomersRequest {
    /// A request to activate.
    Activation(Box<ActivationRequest>),
    /// A request to deactivate, which the seller answers.
    Deactivation,
    /// Another text, or a request without a required field.
    Invalid,
}

impl CustomersRequest {
    /// Parses a request file.
    pub fn parse(file: &str) -> Self {
        let Ok(fields) = parse_request_file(file) else { return Self::Invalid };
        // A request to deactivate has the fields of a request to activate, and this one.
        if matches!(fields.text("activationId"), Ok(Some(_))) {
            return Self::Deactivation;
        }
        ActivationRequest::parse(&fields).map_or(Self::Invalid, |request| Self::Activation(Box::new(request)))
    }
}

/// The outcome of an activation by a customer.
pub(crate) enum CustomersOutcome {
    /// The signed response.
    Response(String),
    /// The product's rule allows none.
    Never,
    /// The seller made a response for this machine, which does not end.
    OfSeller,
    /// The machine is refused as online.
    Refused(ActivationOutcome),
}

/// Activates a license on a machine from the request of a customer, and commits. The license must be locked.
/// Another request of the same machine gets a new response and takes no second slot.
pub(crate) async fn activate_by_customer(
    service: &Service,
    mut txn: WriteTxn,
    actor: &Actor,
    license: licenses::Model,
    product: products::Model,
    request: &ActivationRequest,
) -> Result<CustomersOutcome> {
    if let Some(refusal) = refusal_of(service, &txn, request, &license, &product).await? {
        return Ok(CustomersOutcome::Refused(refusal));
    }
    let existing = find_for_machine(txn.conn(), &license, &convert::machine_rules(&product), request).await?;
    if existing.as_ref().and_then(convert::offline_response) == Some(OfflineResponse::OfSeller) {
        return Ok(CustomersOutcome::OfSeller);
    }
    let former = existing.and_then(|row| convert::to_timestamp(row.response_ends_at));
    let rule = CustomerOffline::from_storage(product.customer_offline_days);
    let until = rule.response_end(former, convert::to_timestamp(license.expires_at), txn.now());
    let Some(until) = until else { return Ok(CustomersOutcome::Never) };
    let mode = ActivationMode::CustomersFile { until };
    let activation = match binding::bind(&mut txn, actor, license, Arc::new(product), request, mode).await? {
        Ok(activation) => activation,
        Err(refusal) => return Ok(CustomersOutcome::Refused(refusal)),
    };
    txn.record(actor, event(&activation.activation, request, until));
    txn.commit().await?;
    token::sign_activation(service, &activation, request).await.map(CustomersOutcome::Response)
}

/// Builds the audit event of a response.
fn event(row: &activations::Model, request: &ActivationRequest, until: Timestamp) -> AuditEvent {
    AuditEvent::license(Event::OfflineResponseIssued, LicenseId(row.license_id))
        .detail(format!("{}, until {}", request.machine.hostname, until.date()))
        .with_payload("activation_id", row.id.to_string())
        .with_payload("ends_at", until.rfc3339())
}
