//! The key by mail: the form that sends it to the customer, and the state of the latest mail.

use domain::license::Standing;
use domain::permission::Permission;
use domain::view::{LicenseView, MailStatus};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::actions::Id;
use crate::component::{FormMessage, FormState, MailNote, Permissions, PostForm};
use crate::server_fn::mail::SendLicenseKey;

/// The card. Renders nothing if there is nothing to send and nothing was sent.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn KeyMail(
    license: LicenseView,
    mail: Option<MailStatus>,
    sends_mail: bool,
    permissions: Permissions,
) -> impl IntoView {
    let form = FormState::of::<SendLicenseKey>();
    let (id, token) = (license.id, license.form_token.clone());
    let may_send = sends_mail
        && permissions.allows(Permission::RevealKey)
        && license.standing != Standing::Revoked
        && license.customer_email.is_some();
    (may_send || mail.is_some()).then(|| {
        let send = may_send.then(|| {
            view! {
                <PostForm to=SendLicenseKey::url() class="action">
                    <Id id/>
                    <input type="hidden" name="form_token" value=token/>
                    <button class="button button-small">"Send the key by mail"</button>
                </PostForm>
            }
        });
        view! {
            <section class="card" id="key-mail">
                <h2>"Key by mail"</h2>
                <FormMessage form/>
                {mail.map(|status| view! { <MailNote status/> })}
                {send}
            </section>
        }
    })
}
