//! Activation of a machine without a network: the form for the request of the software, and the response.

use domain::CustomerOffline;
use domain::license::Standing;
use domain::view::OwnLicenseView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::message::Failure;
use crate::component::{FormState, PostForm, TextArea};
use crate::context;
use crate::island::CopyTextOf;
use crate::server_fn::customer_page::ActivateOwnOffline;

/// The id of the element with the response.
const RESPONSE_ID: &str = "offline-response";

/// The form, if the seller lets customers activate machines without a network.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn OfflineForm(license: OwnLicenseView) -> impl IntoView {
    let texts = context::texts();
    let form = FormState::of::<ActivateOwnOffline>();
    let OwnLicenseView { license, offline, .. } = license;
    let days = match offline {
        CustomerOffline::ForDays(days) => Some(u32::from(days)),
        CustomerOffline::Never => None,
    };
    let days = days.filter(|_| license.standing == Standing::Active);
    days.filter(|_| license.machine_limit.slots() != Some(0)).map(|days| {
        let validity = texts.format("offline-days", &[("days", days.into())]);
        view! {
            <details class="action" id="offline" name="action" open=form.was_rejected()>
                <summary class="button">{texts.text("offline-summary")}</summary>
                <PostForm to=ActivateOwnOffline::url() class="stack panel" novalidate=true>
                    <Failure form/>
                    <p>{texts.text("offline-text")} " " {validity}</p>
                    <input type="hidden" name="license" value=license.id.to_string()/>
                    <TextArea form name="request" label=texts.text("offline-label") hint=texts.text("offline-hint")
                        rows=5 id="offline-request"/>
                    <button class="button button-primary">{texts.text("offline-button")}</button>
                </PostForm>
            </details>
        }
    })
}

/// The response that was just made, to copy and to download.
#[component]
pub fn OfflineResponseText(response: String) -> impl IntoView {
    let texts = context::texts();
    // A response has no character that a URL escapes.
    let download = format!("data:text/plain,{response}");
    view! {
        <section class="alert alert-success" role="status">
            <h2>{texts.text("offline-title")}</h2>
            <p>{texts.text("offline-done")}</p>
            <pre class="code-block" tabindex="0"><code id=RESPONSE_ID>{response}</code></pre>
            <p class="row">
                <CopyTextOf id=RESPONSE_ID.to_owned() label=texts.text("offline-copy") done=texts.text("offline-copied")/>
                <a class="button" href=download download="response.txt">{texts.text("offline-download")}</a>
            </p>
        </section>
    }
}
