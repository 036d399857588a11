//! Mails that the license's customer got without being asked for: the latest reminder and the latest notice.

use domain::view::LicenseMail;
use leptos::prelude::*;

use crate::component::MailNote;

/// The card. Renders nothing if there was none.
#[component]
pub fn Notices(notices: Vec<LicenseMail>) -> impl IntoView {
    let rows: Vec<_> = notices
        .into_iter()
        .map(|LicenseMail { kind, status }| view! { <div><strong>{kind.label()}</strong> <MailNote status/></div> })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="card" id="notices">
                <h2>"Notices to the customer"</h2>
                {rows}
            </section>
        }
    })
}
