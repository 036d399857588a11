//! Looks for deliveries that are due, and leases them.

use std::collections::HashSet;

use uuid::Uuid;

use super::claim::{ClaimedLane, claim};
use super::waiting::{WEBHOOKS_PER_READ, Waiting, waiting_after};
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
        next = add_due(&mut wants, &found, now, capacity);
    }
    let lanes = claim(service, node, &wants).await?;
    Ok(Refill { asked: wants.into_iter().map(|(id, _)| id).collect(), lanes, search_after: next })
}

/// Adds the webhooks of a page to those that take deliveries, as many as fit into a claim. Returns where the search
/// continues.
///
/// Those whose deliveries can't be leased do not count, so that they take no place of others: their next attempt is
/// later, their lane is full, or the operator suspended their account.
fn add_due(
    wants: &mut Vec<(Uuid, usize)>,
    page: &[Waiting],
    now: i64,
    capacity: impl Fn(Uuid) -> usize,
) -> Option<Uuid> {
    let known: HashSet<Uuid> = wants.iter().map(|(id, _)| *id).collect();
    let can_send = |webhook: &&Waiting| webhook.due_at <= now && webhook.suspended_at.is_none();
    let mut begun = 0;
    for webhook in page.iter().filter(can_send) {
        let limit = capacity(webhook.webhook_id);
        if limit == 0 || known.contains(&webhook.webhook_id) {
            continue;
        }
        wants.push((webhook.webhook_id, limit));
        begun += 1;
        if begun == WEBHOOKS_PER_CLAIM {
            return Some(webhook.webhook_id);
        }
    }
    page.last().filter(|_| page.len() == WEBHOOKS_PER_READ).map(|last| last.webhook_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000;

    fn waiting(n: u128, due_at: i64, suspended_at: Option<i64>) -> Waiting {
        Waiting { webhook_id: Uuid::from_u128(n), due_at, suspended_at }
    }

    fn ids(wants: &[(Uuid, usize)]) -> Vec<u128> {
        wants.iter().map(|(id, _)| id.as_u128()).collect()
    }

    #[test]
    fn webhooks_that_send_nothing_take_no_place_of_others() {
        let mut page: Vec<Waiting> = (1..=100).map(|n| waiting(n, 0, Some(5))).collect();
        page.extend((101..=200).map(|n| waiting(n, 1_001, None)));
        page.extend((201..=230).map(|n| waiting(n, 0, None)));
        page.extend((231..=240).map(|n| waiting(n, 1_000, None)));
        let mut wants = Vec::new();
        let full = |id: Uuid| if id.as_u128() < 231 { 0 } else { 10 };
        assert_eq!(add_due(&mut wants, &page, NOW, full), None, "the last page");
        assert_eq!(ids(&wants), (231..=240).collect::<Vec<u128>>());
    }

    #[test]
    fn a_claim_has_32_webhooks_and_the_search_continues_behind_them() {
        let page: Vec<Waiting> = (1..=40).map(|n| waiting(n, 0, None)).collect();
        let mut wants = vec![(Uuid::from_u128(2), 5)];
        let next = add_due(&mut wants, &page, NOW, |_| 10);
        assert_eq!(ids(&wants), [2, 1].into_iter().chain(3..=33).collect::<Vec<u128>>());
        assert_eq!(next, Some(Uuid::from_u128(33)));
    }

    #[test]
    fn the_search_continues_behind_a_full_page() {
        let page: Vec<Waiting> = (1..=256).map(|n| waiting(n, 2_000, None)).collect();
        let mut wants = Vec::new();
        assert_eq!(add_due(&mut wants, &page, NOW, |_| 10), Some(Uuid::from_u128(256)));
        assert!(wants.is_empty());
    }
}
