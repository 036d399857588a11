//! States of mails.

use domain::mail::MailState;
use domain::view::MailStatus;
use leptos::prelude::*;

use super::texts::LONG;
use crate::component::{Card, MailNote};
use crate::context;

#[component]
pub fn Mails() -> impl IntoView {
    let status = |state, recipient: &str, error: Option<&str>| MailStatus {
        state,
        recipient: recipient.to_owned(),
        since: context::now(),
        next_attempt_at: (state == MailState::Queued).then(|| context::now().plus_seconds(240)),
        attempts: 2,
        error: error.map(ToOwned::to_owned),
    };
    view! {
        <Card title="Mails">
            <MailNote status=status(MailState::Queued, "grace@navy.example", None)/>
            <MailNote status=status(MailState::Queued, "grace@navy.example", Some("450 4.2.1 mailbox busy"))/>
            <MailNote status=status(MailState::Sent, LONG, None)/>
            <MailNote status=status(MailState::Failed, "grace@navy.example", Some(LONG))/>
        </Card>
    }
}
