//! Queues reminders of expiries and notices of activations.

use std::time::Duration;

use service::mail::{self, NoticeTurns, ReminderPosition};
use service::{BackgroundJob, Service};
use tokio::time::{Instant, sleep};

use super::leader::is_leader;

/// Interval of the search for activations.
const INTERVAL: Duration = Duration::from_secs(5);
/// Interval between two rounds through the licenses that expire soon. A reminder is due for days.
const ROUND_INTERVAL: Duration = Duration::from_mins(15);
/// Pause after a batch of licenses in which other writes proceed.
const BATCH_PAUSE: Duration = Duration::from_millis(500);
/// Pause after a batch with reminders: at most 50 in 30 s.
const REMINDER_PAUSE: Duration = Duration::from_secs(30);

/// Queues mails, until this node stops. Returns at once if this node sends no mail.
pub async fn run(service: Service) {
    let mut reminders = ReminderRound { position: None, next_at: Instant::now() };
    let mut turns = NoticeTurns::default();
    while service.sends_mail() {
        let mut pause = INTERVAL;
        if is_leader(&service, BackgroundJob::CustomerMail).await {
            match mail::announce_activations(&service, &mut turns).await {
                Ok(true) => pause = BATCH_PAUSE,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "activations not announced; retried in 5 s"),
            }
            reminders.run_if_due(&service).await;
            pause = pause.min(reminders.next_at.saturating_duration_since(Instant::now()));
        }
        sleep(pause.max(BATCH_PAUSE)).await;
    }
}

/// A round through the licenses that expire soon. After a restart, and on another node, a new round begins:
/// it queues only reminders that are missing, so that its position need not be stored.
struct ReminderRound {
    position: Option<ReminderPosition>,
    next_at: Instant,
}

impl ReminderRound {
    async fn run_if_due(&mut self, service: &Service) {
        if self.next_at > Instant::now() {
            return;
        }
        let pause = match mail::queue_reminders(service, self.position).await {
            Ok(done) => {
                self.position = done.next;
                match (done.queued, done.next) {
                    (0, None) => ROUND_INTERVAL,
                    (0, Some(_)) => BATCH_PAUSE,
                    (..) => REMINDER_PAUSE,
                }
            }
            Err(error) => {
                tracing::warn!(%error, "expiry reminders are paused; retried in 30 s");
                REMINDER_PAUSE
            }
        };
        self.next_at = Instant::now() + pause;
    }
}
