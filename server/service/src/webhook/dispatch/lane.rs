//! The lane of one webhook: its queue, and how many attempts it may make side by side.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::claim::{Claimed, ClaimedLane, ReadMark};
use super::slots::SLOW_AFTER;
use super::target::Target;

/// Attempts of a webhook side by side.
const MAX_PARALLEL: usize = 10;
/// The same of a receiver that is not known to answer: it could hold each for 15 seconds.
const MIN_PARALLEL: usize = 2;
/// Deliveries of a webhook in memory. A fast receiver takes them within a second.
const MAX_WINDOW: usize = 400;
/// The same of a receiver that is not known to be fast. They must be sent within their lease.
pub(super) const MIN_WINDOW: usize = 10;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a success within two seconds.
    Fast,
    /// With a success later.
    Slow,
    /// With a failure.
    Failed,
}

impl Ending {
    /// Returns the ending of an attempt that took so long.
    pub fn new(is_success: bool, took: Duration) -> Self {
        if is_success && took <= SLOW_AFTER {
            Self::Fast
        } else if is_success {
            Self::Slow
        } else {
            Self::Failed
        }
    }
}

/// The lane of a webhook. Like a connection of TCP, it begins slowly and grows with fast successes.
pub(super) struct Lane {
    target: Option<(Arc<Target>, ReadMark)>,
    queue: VecDeque<Claimed>,
    in_flight: usize,
    parallel: usize,
    window: usize,
    has_more: bool,
    /// Whether the last attempt failed or was slow.
    ended_slowly: bool,
    /// Attempts of a fast lane that run for long.
    overdue: usize,
    /// The list of ready lanes in which the lane waits: whether it is that of the slow ones.
    pub listed: Option<bool>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            target: None,
            queue: VecDeque::new(),
            in_flight: 0,
            parallel: MIN_PARALLEL,
            window: MIN_WINDOW,
            has_more: false,
            ended_slowly: false,
            overdue: 0,
            listed: None,
        }
    }
}

impl Lane {
    /// Returns how many deliveries the lane takes now. None until half of its window is sent.
    pub fn capacity(&self) -> usize {
        let used = self.queue.len() + self.in_flight;
        if used > self.window / 2 { 0 } else { self.window - used }
    }

    /// Returns whether more deliveries are due than the lane has taken.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// Returns whether the last attempt failed or was slow, or one runs for long.
    pub fn is_slow(&self) -> bool {
        self.ended_slowly || self.overdue > 0
    }

    /// Notes that an attempt runs for long.
    pub fn add_overdue(&mut self) {
        self.overdue += 1;
    }

    /// Notes that such an attempt has ended.
    pub fn end_overdue(&mut self) {
        self.overdue = self.overdue.saturating_sub(1);
    }

    /// Returns the account, if the lane has ever had deliveries.
    pub fn account(&self) -> Option<Uuid> {
        self.target.as_ref().map(|(target, _)| target.account)
    }

    /// Returns whether nothing waits and nothing is sent.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.in_flight == 0
    }

    /// Returns whether an attempt can begin.
    pub fn is_ready(&self) -> bool {
        !self.queue.is_empty() && self.in_flight < self.parallel
    }

    /// Adds leased deliveries. All of the queue is sent with the settings that were read last.
    pub fn add(&mut self, claimed: ClaimedLane) {
        // The queue of a webhook that was disabled may hold deliveries to skip: they keep the mark that grows old.
        let keeps_mark = !claimed.is_sending && !self.queue.is_empty();
        let former = self.target.as_ref().filter(|_| keeps_mark).map(|(_, read)| *read);
        self.target = Some((claimed.target, former.unwrap_or(claimed.read)));
        self.has_more = claimed.has_more;
        self.queue.extend(claimed.deliveries);
    }

    /// Notes that a claim found nothing.
    pub fn set_drained(&mut self) {
        self.has_more = false;
    }

    /// Takes the next delivery.
    pub fn take(&mut self) -> Option<(Arc<Target>, ReadMark, Claimed)> {
        if !self.is_ready() {
            return None;
        }
        let (target, read) = self.target.clone()?;
        let next = self.queue.pop_front()?;
        self.in_flight += 1;
        Some((target, read, next))
    }

    /// Ends an attempt. Returns the queued deliveries that the lane gives back after a failure or a slow success.
    pub fn finish(&mut self, ending: Ending) -> Vec<Claimed> {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.ended_slowly = ending != Ending::Fast;
        match ending {
            Ending::Fast => {
                self.parallel = (self.parallel + 1).min(MAX_PARALLEL);
                self.window = (self.window + 2).min(MAX_WINDOW);
                return Vec::new();
            }
            // One slow answer of a fast receiver costs half.
            Ending::Slow => self.window = (self.window / 2).max(MIN_WINDOW),
            Ending::Failed => (self.parallel, self.window) = (MIN_PARALLEL, MIN_WINDOW),
        }
        self.queue.split_off(self.queue.len().min(self.window)).into()
    }

    /// Ends an attempt that was not made. Returns the queued deliveries, which have the same reason.
    pub fn cancel(&mut self) -> Vec<Claimed> {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.window = MIN_WINDOW;
        self.drain()
    }

    /// Takes all queued deliveries, to give them back.
    pub fn drain(&mut self) -> Vec<Claimed> {
        self.queue.drain(..).collect()
    }

    /// Returns the size of the queued bodies, in bytes.
    pub fn bytes(&self) -> usize {
        self.queue.iter().map(|claimed| claimed.body_sealed.len()).sum()
    }
}
