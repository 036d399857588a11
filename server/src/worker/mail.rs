//! Sends queued mails.

use std::time::Duration;

use service::mail::Round;
use service::{BackgroundJob, Service, mail};
use tokio::time::sleep;

use super::leader::is_leader;

/// Interval of the search for mails that are due.
const INTERVAL: Duration = Duration::from_secs(1);
/// Pause after the mail server was not available, and after an error of the database.
pub(super) const RETRY_DELAY: Duration = Duration::from_secs(30);

/// Sends mails, also those that other nodes have queued. Returns at once if this node sends no mail.
pub async fn run(service: Service) {
    while service.sends_mail() {
        let mut pause = INTERVAL;
        if is_leader(&service, BackgroundJob::Mail).await {
            match mail::send_due(&service).await {
                Ok(Round::Done) => service.record_success(BackgroundJob::Mail),
                Ok(Round::More) => {
                    service.record_success(BackgroundJob::Mail);
                    pause = Duration::ZERO;
                }
                Ok(Round::Unavailable) => pause = RETRY_DELAY,
                Err(error) => {
                    tracing::warn!(%error, "mails are paused; retried in 30 s");
                    pause = RETRY_DELAY;
                }
            }
        }
        sleep(pause).await;
    }
}
