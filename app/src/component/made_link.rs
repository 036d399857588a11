//! The link of an invitation that was just made.

use leptos::prelude::*;

use crate::island::CopyButton;

/// The link, which is shown once. `is_mailed` says that the person gets it by mail too.
#[component]
pub fn MadeLink(link: String, is_mailed: bool) -> impl IntoView {
    let text = if is_mailed {
        "The person gets this link by mail. It is shown this once, in case the mail does not arrive."
    } else {
        "Send this link to the person: it is shown this once."
    };
    view! {
        <section class="alert alert-success" role="status">
            <p><strong>{text}</strong></p>
            <p class="key-row"><code class="key">{link.clone()}</code> <CopyButton text=link/></p>
            <p>"It works once, for seven days, for anyone who has it."</p>
        </section>
    }
}
