//! Open invitations of new sellers, and the form to invite one.

use domain::sign_up::{LinkOrigin, SignUpPolicy};
use domain::view::SellerInvitationRow;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, Field, FormMessage, FormState, MailNote, PostForm, RelativeTime};
use crate::context;
use crate::server_fn::operator::{InviteSeller, WithdrawSellerInvitation};

/// The part of the page about new sellers. It says who may sign up.
#[component]
pub fn NewSellers(invitations: Vec<SellerInvitationRow>) -> impl IntoView {
    let policy = context::sign_up_policy();
    let text = match policy {
        SignUpPolicy::Closed => "Nobody can sign up. Make accounts by the command “user add”.",
        SignUpPolicy::Invitation => "Only people whom you invite can sign up.",
        SignUpPolicy::Open => "Everyone can sign up. Invited people need no proof of their address.",
    };
    let rows: Vec<_> = invitations.into_iter().map(row).collect();
    let list = (!rows.is_empty()).then(|| view! { <ul class="item-list">{rows}</ul> });
    view! {
        <Card title="New sellers" id="new-sellers">
            <p>
                {text} " " <span class="muted">"The setting " <code>"sign_up"</code> " changes this."</span>
            </p>
            {list}
            {policy.admits(LinkOrigin::Operator).then(|| view! { <InviteForm/> })}
        </Card>
    }
}

fn row(invitation: SellerInvitationRow) -> impl IntoView {
    let SellerInvitationRow { id, email, invited_by, expires_at, mail } = invitation;
    let invited = email.unwrap_or_else(|| "Anyone with the link".to_owned());
    let label = format!("Withdraw {invited}");
    view! {
        <li>
            <div>
                <strong class="item-title text-break" dir="auto">{invited}</strong>
                <span class="muted">"by " <bdi>{invited_by}</bdi> " · expires " <RelativeTime at=expires_at/></span>
                {mail.map(|status| view! { <MailNote status/> })}
            </div>
            <PostForm to=WithdrawSellerInvitation::url() class="action">
                <input type="hidden" name="id" value=id.to_string()/>
                <button class="button button-small" aria-label=label>"Withdraw"</button>
            </PostForm>
        </li>
    }
}

/// The form that makes an invitation.
#[component]
fn InviteForm() -> impl IntoView {
    let form = FormState::of::<InviteSeller>();
    let hint = if context::sends_mail() {
        "Fills the form of the invited person in. The link is sent to this address, and shown to you once."
    } else {
        "Fills the form of the invited person in. No mail is sent: you get a link to pass on."
    };
    view! {
        <PostForm to=InviteSeller::url() novalidate=true>
            <FormMessage form/>
            <Field form name="email" id="invited-email" kind="email" label="E-mail of a new seller (optional)" hint/>
            <button class="button button-primary">"Invite a seller"</button>
        </PostForm>
    }
}
