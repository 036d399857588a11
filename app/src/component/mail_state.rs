//! State of a mail, in lists and where the mail was asked for.

use domain::mail::MailState;
use domain::view::MailStatus;
use leptos::prelude::*;

use super::{Badge, RelativeTime, Tone};

/// The state as a badge.
#[component]
pub fn MailBadge(state: MailState, has_error: bool) -> impl IntoView {
    let (tone, word) = match (state, has_error) {
        (MailState::Queued, false) => (Tone::Neutral, "Queued"),
        (MailState::Queued, true) => (Tone::Warning, "Not sent yet"),
        (MailState::Sent, _) => (Tone::Success, "Sent"),
        (MailState::Failed, _) => (Tone::Danger, "Failed"),
    };
    view! { <Badge tone>{word}</Badge> }
}

/// The recipient, the state with its time, and the error of the last attempt.
#[component]
pub fn MailNote(status: MailStatus) -> impl IntoView {
    let MailStatus { state, recipient, since, next_attempt_at, error, .. } = status;
    let has_error = error.is_some();
    let next = next_attempt_at.filter(|_| has_error);
    let next = next.map(|at| view! { ", next attempt " <RelativeTime at/> });
    let error = error.map(|error| view! { <q class="text-break">{error}</q> });
    view! {
        <p class="muted small">
            "Mail to " <bdi class="text-break">{recipient}</bdi> ": " <MailBadge state has_error/> " "
            <RelativeTime at=since/> {next} " " {error}
        </p>
    }
}
