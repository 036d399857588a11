//! The dispatcher of a node: leases deliveries, sends them side by side, and stores the outcomes.
//!
//! Its memory is bounded: by the windows of the lanes, by the bytes of the queued bodies, and because no attempt
//! begins while many outcomes are not stored.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use uuid::Uuid;

use super::attempt::{Outcome, attempt};
use super::claim::Claimed;
use super::lane::{Ending, MIN_WINDOW};
use super::lanes::{Lanes, Next};
use super::refill::{Refill, RefillRequest, refill};
use super::results::store_outcomes;
use super::search::Search;
use super::slots::Slot;
use super::transport::Transport;
use crate::{Result, Service, new_id};

/// Interval of the search for deliveries that other nodes have written, or whose pause has ended.
const SEARCH_INTERVAL: Duration = Duration::from_secs(1);
/// Pause after an error of the database.
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// Outcomes stored by one transaction.
const OUTCOMES_PER_TXN: usize = 256;
/// Outcomes in memory, beyond which no attempt begins.
const MAX_UNSTORED: usize = 1024;
/// Longest wait for attempts at a shutdown. Others are made again after their lease.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// An attempt begins only if its lease lasts so long, in milliseconds: longer than an attempt.
const MIN_LEASE_LEFT_MS: i64 = 20_000;

/// The dispatcher of a node.
pub struct Dispatcher {
    service: Service,
    transport: Arc<dyn Transport>,
    wake: Arc<Notify>,
    /// The holder of leases.
    node: Uuid,
    lanes: Lanes,
    attempts: JoinSet<Finished>,
    /// At most one each, so that transactions of one kind follow each other.
    refills: JoinSet<Result<Refill>>,
    stores: JoinSet<Stored>,
    unstored: Vec<Outcome>,
    released: Vec<Claimed>,
    search: Search,
    /// Until when nothing is read and stored after an error.
    paused_until: Option<Instant>,
}

/// An attempt that has ended.
struct Finished {
    outcome: Outcome,
    slot: Slot,
}

/// Outcomes that a transaction has stored, or not.
struct Stored {
    outcomes: Vec<Outcome>,
    released: Vec<Claimed>,
    result: Result<()>,
}

impl Dispatcher {
    /// Creates a dispatcher. `None` if this process knows no webhooks.
    #[must_use]
    pub fn new(service: &Service) -> Option<Self> {
        let webhooks = service.webhooks.get()?;
        Some(Self {
            service: service.clone(),
            transport: Arc::clone(&webhooks.transport),
            wake: Arc::clone(&webhooks.wake),
            node: new_id(),
            lanes: Lanes::default(),
            attempts: JoinSet::new(),
            refills: JoinSet::new(),
            stores: JoinSet::new(),
            unstored: Vec::new(),
            released: Vec::new(),
            search: Search::default(),
            paused_until: None,
        })
    }

    /// Delivers until `stopped` changes. Then ends the attempts that run, stores their outcomes, and gives the
    /// other deliveries back, so that other nodes need not wait for the leases.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut ticker = interval(SEARCH_INTERVAL);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let wake = Arc::clone(&self.wake);
        loop {
            self.begin_work();
            let paused_until = self.paused_until;
            tokio::select! {
                _ = stopped.changed() => break,
                () = wake.notified() => self.search.wake(),
                _ = ticker.tick() => {
                    self.search.wake();
                    self.lanes.slow_down(Instant::now());
                }
                () = until(paused_until) => self.paused_until = None,
                () = self.end_work() => {}
            }
        }
        let _ = timeout(SHUTDOWN_TIMEOUT, self.shut_down()).await;
    }

    /// Delivers what is due, and returns when nothing is left. For tests, and for one round of a command.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn run_until_idle(&mut self) -> Result<()> {
        self.search.wake();
        loop {
            self.begin_work();
            if self.attempts.is_empty() && self.refills.is_empty() && self.stores.is_empty() {
                return if self.paused_until.take().is_some() {
                    Err(crate::Error::unavailable("the deliveries of webhooks were not stored"))
                } else {
                    Ok(())
                };
            }
            self.end_work().await;
        }
    }

    /// Begins attempts, a search and a transaction, as far as they may.
    fn begin_work(&mut self) {
        while self.unstored.len() < MAX_UNSTORED
            && let Some(next) = self.lanes.next(Instant::now())
        {
            self.begin_attempt(next);
        }
        if self.paused_until.is_some() {
            return;
        }
        if self.stores.is_empty() && !(self.unstored.is_empty() && self.released.is_empty()) {
            self.begin_store();
        }
        if self.refills.is_empty() && self.unstored.len() < MAX_UNSTORED && self.lanes.has_memory() {
            self.begin_refill();
        }
    }

    fn begin_attempt(&mut self, next: Next) {
        let Next { target, read, delivery, slot } = next;
        let lease_left = delivery.due_at - self.service.now().millis();
        if lease_left < MIN_LEASE_LEFT_MS || read.is_stale(&self.service, target.account) {
            // Another node may send it soon, or this one with the settings of now.
            self.released.push(delivery);
            self.released.extend(self.lanes.cancel(slot));
            return;
        }
        let (service, transport) = (self.service.clone(), Arc::clone(&self.transport));
        self.attempts.spawn(async move {
            let outcome = attempt(&service.keys, &*transport, &service.clock, target, delivery).await;
            Finished { outcome, slot }
        });
    }

    fn begin_store(&mut self) {
        let count = self.unstored.len().min(OUTCOMES_PER_TXN);
        let outcomes: Vec<Outcome> = self.unstored.drain(..count).collect();
        let released = std::mem::take(&mut self.released);
        let (service, node) = (self.service.clone(), self.node);
        self.stores.spawn(async move {
            let result = store_outcomes(&service, node, &outcomes, &released).await;
            Stored { outcomes, released, result }
        });
    }

    fn begin_refill(&mut self) {
        let request = RefillRequest { hungry: self.lanes.hungry(), search_after: self.search.begin_page() };
        if request.hungry.is_empty() && request.search_after.is_none() {
            return;
        }
        let capacities: HashMap<Uuid, usize> = self.lanes.capacities();
        let (service, node) = (self.service.clone(), self.node);
        self.refills.spawn(async move {
            let capacity = move |webhook: Uuid| capacities.get(&webhook).copied().unwrap_or(MIN_WINDOW);
            refill(&service, node, request, capacity).await
        });
    }

    /// Waits until an attempt, a search or a transaction has ended, and takes what came of it. Waits for ever if
    /// none runs.
    async fn end_work(&mut self) {
        tokio::select! {
            Some(finished) = self.attempts.join_next() => self.end_attempt(unwrap_task(finished)),
            Some(refilled) = self.refills.join_next() => self.end_refill(unwrap_task(refilled)),
            Some(stored) = self.stores.join_next() => self.end_store(unwrap_task(stored)),
            else => std::future::pending::<()>().await,
        }
    }

    fn end_attempt(&mut self, finished: Finished) {
        let Finished { outcome, slot } = finished;
        self.service.webhook_attempts.record(outcome.result());
        let took_ms = outcome.responded_at.millis().saturating_sub(outcome.requested_at.millis());
        let took = Duration::from_millis(u64::try_from(took_ms).unwrap_or(0));
        let ending = Ending::new(outcome.is_success(), took);
        self.released.extend(self.lanes.finish(slot, ending));
        self.unstored.push(outcome);
    }

    fn end_refill(&mut self, refilled: Result<Refill>) {
        match refilled {
            Ok(refill) => {
                self.lanes.add(&refill.asked, refill.lanes);
                self.search.end_page(refill.search_after);
            }
            Err(error) => {
                tracing::warn!(%error, "deliveries of webhooks are not read; retried in 1 s");
                self.paused_until = Some(Instant::now() + RETRY_DELAY);
                self.search.fail_page();
            }
        }
    }

    fn end_store(&mut self, stored: Stored) {
        let Stored { outcomes, released, result } = stored;
        if let Err(error) = result {
            tracing::warn!(%error, "outcomes of webhook deliveries are not stored; retried in 1 s");
            self.paused_until = Some(Instant::now() + RETRY_DELAY);
            self.unstored.splice(..0, outcomes);
            self.released.extend(released);
        } else if !released.is_empty() {
            // What was given back is due.
            self.search.wake();
        }
    }

    /// Ends the attempts that run and stores what is left.
    async fn shut_down(&mut self) {
        while let Some(refilled) = self.refills.join_next().await {
            self.end_refill(unwrap_task(refilled));
        }
        self.released.extend(self.lanes.drain());
        loop {
            if self.stores.is_empty() && !(self.unstored.is_empty() && self.released.is_empty()) {
                self.begin_store();
            }
            tokio::select! {
                Some(finished) = self.attempts.join_next() => self.end_attempt(unwrap_task(finished)),
                Some(stored) = self.stores.join_next() => {
                    let stored = unwrap_task(stored);
                    if let Err(error) = stored.result {
                        tracing::warn!(%error, "outcomes of webhook deliveries are not stored; they are sent again");
                        return;
                    }
                }
                else => return,
            }
        }
    }
}

/// Waits until a time. Waits for ever without one.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Returns the result of a task. A panic goes on, so that the dispatcher is started again; its leases end.
fn unwrap_task<T>(joined: std::result::Result<T, JoinError>) -> T {
    match joined {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => panic!("a task of the webhook dispatcher was canceled: {error}"),
        },
    }
}
