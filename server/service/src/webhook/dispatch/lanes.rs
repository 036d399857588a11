//! The lanes of all webhooks on this node, which take turns.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use uuid::Uuid;

use super::claim::{Claimed, ClaimedLane};
use super::lane::Lane;
use super::target::Target;

/// Attempts of a node side by side.
const MAX_IN_FLIGHT: usize = 100;
/// Attempts to receivers whose last attempt failed. The others keep the rest.
const MAX_FAILING_IN_FLIGHT: usize = 50;
/// Attempts to receivers whose last attempt succeeded. The others keep the rest.
const MAX_HEALTHY_IN_FLIGHT: usize = 90;
/// Bytes of bodies in the queues, beyond which nothing is leased.
const MAX_BYTES: usize = 32 << 20;
/// Lanes in memory. Idle ones beyond it forget how fast their receivers are.
const MAX_LANES: usize = 4096;

/// The lanes and their turns.
#[derive(Default)]
#[allow(clippy::struct_field_names, reason = "each field is of lanes")]
pub(super) struct Lanes {
    lanes: HashMap<Uuid, Lane>,
    /// Lanes that may begin an attempt, by whether their last one failed. Each begins one and queues again.
    healthy: VecDeque<Uuid>,
    failing: VecDeque<Uuid>,
    healthy_in_flight: usize,
    failing_in_flight: usize,
}

/// An attempt to begin.
pub(super) struct Next {
    pub target: Arc<Target>,
    pub delivery: Claimed,
    /// The bound that the attempt counts for until it ends.
    pub counts_as_failing: bool,
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
            self.lanes.retain(|_, lane| !lane.is_idle() || lane.is_listed);
        }
    }

    /// Takes the next delivery whose attempt may begin.
    pub fn next(&mut self) -> Option<Next> {
        if self.healthy_in_flight + self.failing_in_flight >= MAX_IN_FLIGHT {
            return None;
        }
        let from_healthy =
            (self.healthy_in_flight < MAX_HEALTHY_IN_FLIGHT).then(|| self.pop(false)).flatten();
        if from_healthy.is_some() {
            return from_healthy;
        }
        if self.failing_in_flight < MAX_FAILING_IN_FLIGHT { self.pop(true) } else { None }
    }

    /// Ends an attempt. Returns the deliveries that the lane gives back.
    pub fn finish(&mut self, webhook: Uuid, counted_as_failing: bool, is_success: bool) -> Vec<Claimed> {
        let in_flight =
            if counted_as_failing { &mut self.failing_in_flight } else { &mut self.healthy_in_flight };
        *in_flight = in_flight.saturating_sub(1);
        let given_back = self.lanes.get_mut(&webhook).map(|lane| lane.finish(is_success)).unwrap_or_default();
        self.list(webhook);
        given_back
    }

    /// Cancels an attempt that was taken, because its lease ends too soon. The other deliveries of the lane were
    /// leased before it or with it: returns them.
    pub fn cancel(&mut self, webhook: Uuid, counted_as_failing: bool) -> Vec<Claimed> {
        let in_flight =
            if counted_as_failing { &mut self.failing_in_flight } else { &mut self.healthy_in_flight };
        *in_flight = in_flight.saturating_sub(1);
        self.lanes.get_mut(&webhook).map(Lane::cancel).unwrap_or_default()
    }

    /// Takes all queued deliveries, to give them back.
    pub fn drain(&mut self) -> Vec<Claimed> {
        self.lanes.values_mut().flat_map(Lane::drain).collect()
    }

    fn pop(&mut self, is_failing: bool) -> Option<Next> {
        let list = if is_failing { &mut self.failing } else { &mut self.healthy };
        while let Some(webhook) = list.pop_front() {
            let Some(lane) = self.lanes.get_mut(&webhook) else { continue };
            lane.is_listed = false;
            let Some((target, delivery)) = lane.take() else { continue };
            let in_flight =
                if is_failing { &mut self.failing_in_flight } else { &mut self.healthy_in_flight };
            *in_flight += 1;
            self.list(webhook);
            return Some(Next { target, delivery, counts_as_failing: is_failing });
        }
        None
    }

    /// Queues a lane for its next turn, if it can begin an attempt and does not wait yet.
    fn list(&mut self, webhook: Uuid) {
        let Some(lane) = self.lanes.get_mut(&webhook).filter(|lane| lane.is_ready() && !lane.is_listed)
        else {
            return;
        };
        lane.is_listed = true;
        let list = if lane.is_failing() { &mut self.failing } else { &mut self.healthy };
        list.push_back(webhook);
    }
}

#[cfg(test)]
mod tests {
    use domain::webhook::{SignatureScheme, WebhookSecret};

    use super::*;

    fn claimed(webhook: Uuid, count: u128, has_more: bool) -> ClaimedLane {
        let target = Target {
            webhook,
            account: Uuid::nil(),
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
        ClaimedLane { target: Arc::new(target), deliveries: (0..count).map(delivery).collect(), has_more }
    }

    fn webhook(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// Begins all attempts that may begin, and returns their number by webhook.
    fn begin(lanes: &mut Lanes) -> HashMap<Uuid, Vec<bool>> {
        let mut begun: HashMap<Uuid, Vec<bool>> = HashMap::new();
        while let Some(next) = lanes.next() {
            begun.entry(next.target.webhook).or_default().push(next.counts_as_failing);
        }
        begun
    }

    #[test]
    fn a_lane_begins_slowly_and_reaches_ten() {
        let mut lanes = Lanes::default();
        lanes.add(&[], vec![claimed(webhook(1), 200, true)]);
        assert_eq!(begin(&mut lanes)[&webhook(1)].len(), 2);
        let mut in_flight = 2;
        for _ in 0..20 {
            assert!(lanes.finish(webhook(1), false, true).is_empty());
            in_flight = in_flight - 1 + begin(&mut lanes).values().map(Vec::len).sum::<usize>();
        }
        assert_eq!(in_flight, 10);
    }

    #[test]
    fn a_failure_gives_back_what_would_wait_too_long() {
        let mut lanes = Lanes::default();
        lanes.add(&[], vec![claimed(webhook(1), 200, true)]);
        begin(&mut lanes);
        assert_eq!(lanes.finish(webhook(1), false, false).len(), 188);
        assert!(lanes.hungry().is_empty());
        assert_eq!(lanes.drain().len(), 10);
    }

    #[test]
    fn hanging_receivers_leave_turns_to_the_others() {
        let mut lanes = Lanes::default();
        // 40 receivers that failed, each with two attempts that hang.
        for n in 0..40 {
            lanes.add(&[], vec![claimed(webhook(n), 1, true)]);
            begin(&mut lanes);
            lanes.finish(webhook(n), false, false);
        }
        for n in 0..40 {
            lanes.add(&[], vec![claimed(webhook(n), 10, true)]);
        }
        assert_eq!(begin(&mut lanes).values().map(Vec::len).sum::<usize>(), MAX_FAILING_IN_FLIGHT);
        lanes.add(&[], vec![claimed(webhook(1000), 10, false)]);
        assert_eq!(begin(&mut lanes)[&webhook(1000)], [false, false]);
    }

    #[test]
    fn lanes_take_turns() {
        let mut lanes = Lanes::default();
        for n in 0..3 {
            lanes.add(&[], vec![claimed(webhook(n), 50, false)]);
        }
        let order: Vec<u128> =
            std::iter::from_fn(|| lanes.next()).map(|next| next.target.webhook.as_u128()).collect();
        assert_eq!(order, [0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn a_lane_asks_for_more_once_half_is_sent() {
        let mut lanes = Lanes::default();
        lanes.add(&[], vec![claimed(webhook(1), 10, true)]);
        assert!(lanes.hungry().is_empty());
        for _ in 0..10 {
            begin(&mut lanes);
            lanes.finish(webhook(1), false, true);
        }
        assert!(lanes.hungry()[0].1 > 10);
        lanes.add(&[webhook(1)], Vec::new());
        assert!(lanes.hungry().is_empty(), "the claim found nothing");
    }
}
