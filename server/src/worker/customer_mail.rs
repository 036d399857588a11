//! Queues reminders of expiries and notices of activations.

use std::time::Duration;

use service::mail::{self, NoticeTurns, ReminderTurns, Reminders};
use service::{BackgroundJob, Service};
use tokio::time::{Instant, sleep};

use super::leader::is_leader;

/// Interval of the search for activations.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);
/// Interval of the search for accounts whose licenses are looked through again.
const REMINDER_INTERVAL: Duration = Duration::from_mins(1);
/// Pause after a batch of licenses in which other writes proceed.
const BATCH_PAUSE: Duration = Duration::from_millis(500);
/// Pause for each reminder: at most 50 in 30 s.
const PAUSE_PER_REMINDER: Duration = Duration::from_millis(600);
/// Pause after an error, and while many mails wait for the mail server.
const RETRY_PAUSE: Duration = Duration::from_secs(30);

/// Queues mails, until this node stops. Returns at once if this node sends no mail.
pub async fn run(service: Service) {
    let mut reminders =
        ReminderLoop { turns: ReminderTurns::default(), next_at: Instant::now(), has_failed: false };
    let mut turns = NoticeTurns::default();
    while service.sends_mail() {
        let mut pause = INTERVAL;
        if is_leader(&service, BackgroundJob::CustomerMail).await {
            let announced = mail::announce_activations(&service, &mut turns).await;
            reminders.run_if_due(&service).await;
            if announced.is_ok() && !reminders.has_failed {
                service.record_success(BackgroundJob::CustomerMail);
            }
            match announced {
                Ok(true) => pause = BATCH_PAUSE,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "activations not announced; retried in 5 s"),
            }
            pause = pause.min(reminders.next_at.saturating_duration_since(Instant::now()));
        }
        sleep(pause.max(BATCH_PAUSE)).await;
    }
}

/// The reminders of all accounts, and the time of the next batch.
struct ReminderLoop {
    turns: ReminderTurns,
    next_at: Instant,
    /// Whether the last batch failed.
    has_failed: bool,
}

impl ReminderLoop {
    async fn run_if_due(&mut self, service: &Service) {
        if self.next_at > Instant::now() {
            return;
        }
        let queued = mail::queue_reminders(service, &mut self.turns).await;
        self.has_failed = queued.is_err();
        let pause = match queued {
            Ok(Reminders::Queued(reminders)) => PAUSE_PER_REMINDER
                .saturating_mul(u32::try_from(reminders).unwrap_or(u32::MAX))
                .max(BATCH_PAUSE),
            Ok(Reminders::Paused) => RETRY_PAUSE,
            Ok(Reminders::Done) => REMINDER_INTERVAL,
            Err(error) => {
                tracing::warn!(%error, "expiry reminders are paused; retried in 30 s");
                RETRY_PAUSE
            }
        };
        self.next_at = Instant::now() + pause;
    }
}
