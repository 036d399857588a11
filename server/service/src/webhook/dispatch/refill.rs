//! Looks for deliveries that are due, and leases them.

use std::collections::HashSet;

use uuid::Uuid;

use super::claim::{ClaimedLane, claim};
use super::waiting::{WEBHOOKS_PER_READ, waiting_after};
use crate::{Result, Service};

/// Webhooks of one transaction, so that other writers do not wait long.
const WEBHOOKS_PER_CLAIM: usize = 32;

/// What to look for.
pub(super) struct RefillRequest {
    /// Lanes that take more, with their capacity.
    pub hungry: Vec<(Uuid, usize)>,
    /// The webhook after which the search for others continues. `None`: there is no search.
    pub search_after: Option<Uuid>,
}

/// What was leased.
pub(super) struct Refill {
    pub asked: Vec<Uuid>,
    pub lanes: Vec<ClaimedLane>,
    /// Where the search continues. `None`: it has come to the end.
    pub search_after: Option<Uuid>,
}

/// Leases deliveries for hungry lanes, and for webhooks that the search finds. `capacity` returns how many
/// deliveries a webhook takes.
pub(super) async fn refill(
    service: &Service,
    node: Uuid,
    request: RefillRequest,
    capacity: impl Fn(Uuid) -> usize + Send,
) -> Result<Refill> {
    let RefillRequest { mut hungry, search_after } = request;
    hungry.truncate(WEBHOOKS_PER_CLAIM);
    let mut wants = hungry;
    let mut next = None;
    if let Some(after) = search_after {
        let now = service.now().millis();
        let found = waiting_after(service, after).await?;
        let known: HashSet<Uuid> = wants.iter().map(|(id, _)| *id).collect();
        next = found.last().filter(|_| found.len() == WEBHOOKS_PER_READ).map(|last| last.webhook_id);
        let mut begun = 0;
        for waiting in found.iter().filter(|waiting| waiting.due_at <= now) {
            let limit = capacity(waiting.webhook_id);
            if limit == 0 || known.contains(&waiting.webhook_id) {
                continue;
            }
            wants.push((waiting.webhook_id, limit));
            begun += 1;
            if begun == WEBHOOKS_PER_CLAIM {
                next = Some(waiting.webhook_id);
                break;
            }
        }
    }
    let lanes = claim(service, node, &wants).await?;
    Ok(Refill { asked: wants.into_iter().map(|(id, _)| id).collect(), lanes, search_after: next })
}
