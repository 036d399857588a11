//! The lanes of all webhooks on this node, which take turns.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;
use uuid::Uuid;

use super::claim::{Claimed, ClaimedLane, ReadMark};
use super::lane::{Ending, Lane};
use super::slots::{Slot, Slots};
use super::target::Target;

/// Bytes of bodies in the queues, beyond which nothing is leased.
const MAX_BYTES: usize = 32 << 20;
/// Lanes in memory. Idle ones beyond it forget how fast their receivers are.
const MAX_LANES: usize = 4096;

/// The lanes and their turns.
#[derive(Default)]
#[allow(clippy::struct_field_names, reason = "each field is of lanes")]
pub(super) struct Lanes {
    lanes: HashMap<Uuid, Lane>,
    /// Lanes that may begin an attempt, by whether they are slow. Each begins one and queues again.
    fast: VecDeque<Uuid>,
    slow: VecDeque<Uuid>,
    slots: Slots,
}

/// An attempt to begin.
pub(super) struct Next {
    pub target: Arc<Target>,
    /// When the target was read.
    pub read: ReadMark,
    pub delivery: Claimed,
    /// What the attempt counts for until it ends.
    pub slot: Slot,
}

impl Lanes {
    /// Returns how many deliveries each webhook with a lane takes.
    pub fn capacities(&self) -> HashMap<Uuid, usize> {
        self.lanes.iter().map(|(id, lane)| (*id, lane.capacity())).collect()
    }

    /// Returns whether the bodies in the queues leave memory for more.
    pub fn has_memory(&self) -> bool {
        self.lanes.values().map(Lane::bytes).sum::<usize>() < MAX_BYTES
    }

    /// Returns the lanes that have sent half of their window while more is due.
    pub fn hungry(&self) -> Vec<(Uuid, usize)> {
        let hungry = self.lanes.iter().filter(|(_, lane)| lane.has_more() && lane.capacity() > 0);
        hungry.map(|(id, lane)| (*id, lane.capacity())).collect()
    }

    /// Adds leased deliveries. `asked` are the webhooks of the claim, of which some had none.
    pub fn add(&mut self, asked: &[Uuid], claimed: Vec<ClaimedLane>) {
        for webhook in asked {
            if let Some(lane) = self.lanes.get_mut(webhook) {
                lane.set_drained();
            }
        }
        for lane in claimed {
            let webhook = lane.target.webhook;
            if !lane.deliveries.is_empty() {
                self.lanes.entry(webhook).or_default().add(lane);
                self.list(webhook);
            }
        }
        if self.lanes.len() > MAX_LANES {
            self.lanes.retain(|_, lane| !lane.is_idle() || lane.listed.is_some());
        }
    }

    /// Takes the next delivery whose attempt may begin.
    pub fn next(&mut self, now: Instant) -> Option<Next> {
        let from_fast = if self.slots.has_free(false) { self.pop(false, now) } else { None };
        if from_fast.is_some() {
            return from_fast;
        }
        if self.slots.has_free(true) { self.pop(true, now) } else { None }
    }

    /// Counts attempts that run for long, and their lanes, as slow.
    pub fn slow_down(&mut self, now: Instant) {
        for webhook in self.slots.slow_down(now) {
            if let Some(lane) = self.lanes.get_mut(&webhook) {
                lane.add_overdue();
                self.list(webhook);
            }
        }
    }

    /// Ends an attempt. Returns the deliveries that the lane gives back.
    pub fn finish(&mut self, slot: Slot, ending: Ending) -> Vec<Claimed> {
        let lane = self.release(slot);
        let given_back = lane.map(|lane| lane.finish(ending)).unwrap_or_default();
        self.list(slot.webhook);
        given_back
    }

    /// Cancels an attempt that was taken, because its lease ends too soon or its target may have changed. This holds
    /// for the other deliveries of the lane too: returns them.
    pub fn cancel(&mut self, slot: Slot) -> Vec<Claimed> {
        self.release(slot).map(Lane::cancel).unwrap_or_default()
    }

    /// Ends an attempt, and returns its lane.
    fn release(&mut self, slot: Slot) -> Option<&mut Lane> {
        let was_overdue = self.slots.release(slot);
        let lane = self.lanes.get_mut(&slot.webhook)?;
        if was_overdue {
            lane.end_overdue();
        }
        Some(lane)
    }

    /// Takes all queued deliveries, to give them back.
    pub fn drain(&mut self) -> Vec<Claimed> {
        self.lanes.values_mut().flat_map(Lane::drain).collect()
    }

    fn pop(&mut self, is_slow: bool, now: Instant) -> Option<Next> {
        // Each lane once.
        for _ in 0..self.waiting(is_slow).len() {
            let webhook = self.waiting(is_slow).pop_front()?;
            let Some(lane) = self.lanes.get_mut(&webhook) else { continue };
            if lane.account().is_some_and(|account| !self.slots.account_has_free(account, is_slow)) {
                // It waits for an attempt of its account.
                self.waiting(is_slow).push_back(webhook);
                continue;
            }
            lane.listed = None;
            let Some((target, read, delivery)) = lane.take() else { continue };
            let slot = self.slots.take(webhook, target.account, is_slow, now);
            self.list(webhook);
            return Some(Next { target, read, delivery, slot });
        }
        None
    }

    /// Queues a lane for its next turn, if it can begin an attempt and does not wait yet. Moves it if it waits in the
    /// list of the other kind.
    fn list(&mut self, webhook: Uuid) {
        let Some(lane) = self.lanes.get_mut(&webhook) else { return };
        let (is_slow, listed) = (lane.is_slow(), lane.listed);
        if listed == Some(is_slow) || listed.is_none() && !lane.is_ready() {
            return;
        }
        lane.listed = Some(is_slow);
        if let Some(former) = listed {
            self.waiting(former).retain(|id| *id != webhook);
        }
        self.waiting(is_slow).push_back(webhook);
    }

    fn waiting(&mut self, is_slow: bool) -> &mut VecDeque<Uuid> {
        if is_slow { &mut self.slow } else { &mut self.fast }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use domain::Timestamp;
    use domain::webhook::{SignatureScheme, WebhookSecret};

    use super::super::slots::MAX_SLOW_IN_FLIGHT;
    use super::*;

    fn claimed_of(account: u128, webhook: Uuid, count: u128, has_more: bool) -> ClaimedLane {
        let target = Target {
            webhook,
            account: Uuid::from_u128(account),
            url: String::new(),
            scheme: SignatureScheme::V3,
            secret: WebhookSecret::from_storage("s".to_owned()),
            previous: None,
        };
        let delivery = |n| Claimed {
            id: Uuid::from_u128(n),
            event: String::new(),
            body_sealed: vec![0; 100],
            attempts: 0,
            log_id: None,
            is_manual: false,
            due_at: i64::MAX,
            trace_parent: None,
            trace_state: None,
        };
        let (deliveries, read) =
            ((0..count).map(delivery).collect(), ReadMark::new(0, Timestamp::from_millis(0)));
        ClaimedLane { target: Arc::new(target), read, is_sending: true, deliveries, has_more }
    }

    /// Deliveries of a webhook whose account has no other.
    fn claimed(webhook: Uuid, count: u128, has_more: bool) -> ClaimedLane {
        claimed_of(webhook.as_u128(), webhook, count, has_more)
    }

    fn webhook(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// Begins all attempts that may begin, and returns what they count for by webhook.
    fn begin(lanes: &mut Lanes) -> BTreeMap<Uuid, Vec<Slot>> {
        let mut begun: BTreeMap<Uuid, Vec<Slot>> = BTreeMap::new();
        while let Some(next) = lanes.next(Instant::now()) {
            begun.entry(next.target.webhook).or_default().push(next.slot);
        }
        begun
    }

    fn count(begun: &BTreeMap<Uuid, Vec<Slot>>) -> usize {
        begun.values().map(Vec::len).sum()
    }

    /// Ends the attempts that run longest, and begins those that follow.
    fn finish_all(lanes: &mut Lanes, running: &mut VecDeque<Slot>, times: usize, ending: Ending) {
        for _ in 0..times {
            let slot = running.pop_front().expect("an attempt");
            lanes.finish(slot, ending);
            running.extend(begin(lanes).into_values().flatten());
        }
    }

    #[test]
    fn a_lane_begins_slowly_and_reaches_ten() {
        let mut lanes = Lanes::default();
        lanes.add(&[], vec![claimed(webhook(1), 200, true)]);
        let mut running: VecDeque<Slot> = begin(&mut lanes).into_values().flatten().collect();
        assert_eq!(running.len(), 2);
        finish_all(&mut lanes, &mut running, 20, Ending::Fast);
        assert_eq!(running.len(), 10);
    }

    #[test]
    fn a_failure_gives_back_what_would_wait_too_long() {
        let mut lanes = Lanes::default();
        lanes.add(&[], vec![claimed(webhook(1), 200, true)]);
        let slot = begin(&mut lanes)[&webhook(1)][0];
        assert_eq!(lanes.finish(slot, Ending::Failed).len(), 188);
        assert!(lanes.hungry().is_empty());
        assert_eq!(lanes.drain().len(), 10);
    }

    #[test]
    fn hanging_receivers_leave_turns_to_the_others() {
        let mut lanes = Lanes::default();
        // 40 receivers that failed, each with two attempts that hang.
        for n in 0..40 {
            lanes.add(&[], vec![claimed(webhook(n), 1, true)]);
            let slot = begin(&mut lanes)[&webhook(n)][0];
            lanes.finish(slot, Ending::Failed);
        }
        for n in 0..40 {
            lanes.add(&[], vec![claimed(webhook(n), 10, true)]);
        }
        assert_eq!(count(&begin(&mut lanes)), MAX_SLOW_IN_FLIGHT);
        lanes.add(&[], vec![claimed(webhook(1000), 10, false)]);
        assert_eq!(begin(&mut lanes)[&webhook(1000)].len(), 2);
    }

    #[test]
    fn receivers_that_answer_slowly_leave_a_fast_one_its_ten() {
        let mut lanes = Lanes::default();
        for n in 0..60 {
            lanes.add(&[], vec![claimed(webhook(n), 10, true)]);
        }
        let mut slow: VecDeque<Slot> = begin(&mut lanes).into_values().flatten().collect();
        finish_all(&mut lanes, &mut slow, 200, Ending::Slow);
        for _ in 0..100 {
            finish_all(&mut lanes, &mut slow, 1, Ending::Slow);
            assert_eq!(slow.len(), MAX_SLOW_IN_FLIGHT, "they have grown no further");
        }
        lanes.add(&[], vec![claimed(webhook(1000), 100, false)]);
        let mut fast: VecDeque<Slot> = begin(&mut lanes).into_values().flatten().collect();
        finish_all(&mut lanes, &mut fast, 20, Ending::Fast);
        assert_eq!(fast.len(), 10);
        assert!(fast.iter().all(|slot| slot.webhook == webhook(1000) && !slot.is_slow));
    }

    #[test]
    fn receivers_that_stop_answering_leave_their_attempts_to_a_fast_one() {
        let mut lanes = Lanes::default();
        for n in 0..9 {
            lanes.add(&[], vec![claimed(webhook(n), 300, true)]);
        }
        let mut running: VecDeque<Slot> = begin(&mut lanes).into_values().flatten().collect();
        finish_all(&mut lanes, &mut running, 900, Ending::Fast);
        assert_eq!(running.len(), 90, "all have grown to ten");
        lanes.add(&[], vec![claimed(webhook(1000), 100, false)]);
        assert_eq!(count(&begin(&mut lanes)), 0, "no attempt is free");
        lanes.slow_down(Instant::now() + Duration::from_millis(2_001));
        let fast = begin(&mut lanes);
        assert_eq!((count(&fast), fast[&webhook(1000)].len()), (2, 2));
        // One of them answers: it is slow until none runs for long, and the slow lanes have their bound already.
        let slot = running.pop_front().expect("an attempt");
        lanes.finish(slot, Ending::Fast);
        assert_eq!(count(&begin(&mut lanes)), 0);
        for slot in running {
            lanes.finish(slot, Ending::Fast);
        }
        let begun = begin(&mut lanes);
        assert_eq!(count(&begun), 88, "all answer again");
        assert!(begun.values().flatten().all(|slot| !slot.is_slow));
    }

    #[test]
    fn an_account_leaves_attempts_to_others() {
        for (ending, bound) in [(Ending::Fast, 50), (Ending::Slow, 25), (Ending::Failed, 25)] {
            let mut lanes = Lanes::default();
            let mut running = VecDeque::new();
            for n in 0..50 {
                lanes.add(&[], vec![claimed_of(7, webhook(n), 300, true)]);
                running.extend(begin(&mut lanes).into_values().flatten());
            }
            finish_all(&mut lanes, &mut running, 250, ending);
            assert_eq!(running.len(), bound, "{ending:?}");
            lanes.add(&[], vec![claimed_of(8, webhook(1000), 10, false)]);
            assert_eq!(begin(&mut lanes)[&webhook(1000)].len(), 2, "{ending:?}");
        }
    }

    #[test]
    fn lanes_take_turns() {
        let mut lanes = Lanes::default();
        for n in 0..3 {
            lanes.add(&[], vec![claimed(webhook(n), 50, false)]);
        }
        let order: Vec<u128> = std::iter::from_fn(|| lanes.next(Instant::now()))
            .map(|next| next.target.webhook.as_u128())
            .collect();
        assert_eq!(order, [0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn a_lane_asks_for_more_once_half_is_sent() {
        let mut lanes = Lanes::default();
        lanes.add(&[], vec![claimed(webhook(1), 10, true)]);
        assert!(lanes.hungry().is_empty());
        let mut running: VecDeque<Slot> = begin(&mut lanes).into_values().flatten().collect();
        finish_all(&mut lanes, &mut running, 10, Ending::Fast);
        assert!(lanes.hungry()[0].1 > 10);
        lanes.add(&[webhook(1)], Vec::new());
        assert!(lanes.hungry().is_empty(), "the claim found nothing");
    }

    #[test]
    fn an_attempt_is_slow_after_two_seconds() {
        for (is_success, millis, ending) in [
            (true, 0, Ending::Fast),
            (true, 2_000, Ending::Fast),
            (true, 2_001, Ending::Slow),
            (false, 0, Ending::Failed),
            (false, 15_000, Ending::Failed),
        ] {
            let took = Duration::from_millis(millis);
            assert_eq!(Ending::new(is_success, took), ending, "{is_success} {took:?}");
        }
    }
}
