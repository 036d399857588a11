//! One attempt.

use std::sync::Arc;

use domain::Timestamp;
use domain::trace_context::TraceContext;
use domain::webhook::AttemptOutcome;
use uuid::Uuid;

use super::claim::Claimed;
use super::request;
use super::target::Target;
use super::transport::{OutgoingRequest, Reply, Transport};
use crate::Clock;
use crate::secrets::Keyring;
use crate::store::convert;
use crate::webhook::{sealed, stored_trace};

/// An attempt that was made.
pub(in crate::webhook) struct Outcome {
    pub target: Arc<Target>,
    pub delivery: Uuid,
    pub event: String,
    /// The number of the attempt within its schedule.
    pub attempt: u32,
    /// The id of the attempt in the log, if the log has shown it already.
    pub log_id: Option<Uuid>,
    pub is_manual: bool,
    pub requested_at: Timestamp,
    pub responded_at: Timestamp,
    pub reply: Reply,
}

impl Outcome {
    /// Returns what the attempt means for the health of the webhook.
    pub fn result(&self) -> AttemptOutcome {
        match &self.reply {
            Reply::Answer { status, .. } => AttemptOutcome::of_status(*status),
            Reply::NoAnswer(_) => AttemptOutcome::Failed,
        }
    }

    /// Returns whether the receiver has accepted the delivery.
    pub fn is_success(&self) -> bool {
        self.result() == AttemptOutcome::Succeeded
    }
}

/// Sends a leased delivery. Needs no database.
pub(super) async fn attempt(
    keys: &Keyring,
    transport: &dyn Transport,
    clock: &Clock,
    target: Arc<Target>,
    claimed: Claimed,
) -> Outcome {
    let Claimed { id, event, body_sealed, attempts, log_id, is_manual, due_at: _, trace_parent, trace_state } =
        claimed;
    let trace = stored_trace::from_columns(trace_parent.as_deref(), trace_state.as_deref());
    let attempt = convert::to_count(attempts).saturating_add(1);
    let unsent = Outcome {
        target,
        delivery: id,
        event,
        attempt,
        log_id,
        is_manual,
        requested_at: clock.now(),
        responded_at: clock.now(),
        reply: Reply::NoAnswer(String::new()),
    };
    match sealed::open_body(keys, id, &body_sealed) {
        Ok(body) => send_once(transport, clock, unsent, body, trace).await,
        // During a rotation of the master key, another node may know the new key before this one.
        Err(error) => {
            tracing::error!(delivery = %id, %error, "delivery can't be opened; it is tried again");
            let sentence = "The payload can’t be opened with this master key.".to_owned();
            Outcome { reply: Reply::NoAnswer(sentence), ..unsent }
        }
    }
}

/// Sends a body and fills the outcome.
pub(in crate::webhook) async fn send_once(
    transport: &dyn Transport,
    clock: &Clock,
    unsent: Outcome,
    body: String,
    trace: Option<TraceContext>,
) -> Outcome {
    let requested_at = clock.now();
    let request = request::build(&unsent.target, unsent.delivery, body, requested_at);
    let request = OutgoingRequest { trace, ..request };
    let reply = transport.send(request).await;
    Outcome { requested_at, responded_at: clock.now(), reply, ..unsent }
}
