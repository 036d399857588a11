//! Open invitations, and the form to invite.

use domain::permission::{Role, may_assign};
use domain::view::InvitationRow;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::members::role_options;
use crate::component::{Card, Field, FormMessage, FormState, MailNote, PostForm, RelativeTime, Select};
use crate::context;
use crate::server_fn::member::{InviteMember, WithdrawInvitation};

/// The open invitations. Renders nothing if there are none.
#[component]
pub fn OpenInvitations(invitations: Vec<InvitationRow>, role: Role) -> impl IntoView {
    (!invitations.is_empty()).then(|| {
        let rows: Vec<_> = invitations.into_iter().map(|invitation| row(invitation, role)).collect();
        view! { <Card title="Open invitations"><ul class="item-list">{rows}</ul></Card> }
    })
}

fn row(invitation: InvitationRow, own_role: Role) -> impl IntoView {
    let InvitationRow { id, role, name, email, invited_by, expires_at, mail, .. } = invitation;
    let invited = match (name, email) {
        (Some(name), Some(email)) => format!("{name}, {email}"),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => "Anyone with the link".to_owned(),
    };
    let label = format!("Withdraw {invited}");
    let button = may_assign(own_role, None, Some(role)).then(|| {
        view! {
            <PostForm to=WithdrawInvitation::url() class="action">
                <input type="hidden" name="id" value=id.to_string()/>
                <button class="button button-small" aria-label=label>"Withdraw"</button>
            </PostForm>
        }
    });
    view! {
        <li>
            <div>
                <strong class="item-title" dir="auto">{invited}</strong>
                <span class="muted">
                    {role.label()} " · by " {invited_by} " · expires " <RelativeTime at=expires_at/>
                </span>
                {mail.map(|status| view! { <MailNote status/> })}
            </div>
            {button}
        </li>
    }
}

/// The form that makes an invitation.
#[component]
pub fn InviteForm(role: Role) -> impl IntoView {
    let form = FormState::of::<InviteMember>();
    let options = role_options(role, None);
    let hint = if context::sends_mail() {
        "Fills the form of the invited person in. The link is sent to this address, and shown to you once."
    } else {
        "Fills the form of the invited person in. No mail is sent: you get a link to pass on."
    };
    view! {
        <Card title="Invite">
            <PostForm to=InviteMember::url() novalidate=true>
                <FormMessage form/>
                <Select form name="role" id="invited-role" label="Role" options value=Role::Support.as_str()/>
                <Field form name="name" id="invited-name" label="Name (optional)"/>
                <Field form name="email" id="invited-email" kind="email" label="E-mail (optional)" hint/>
                <button class="button button-primary">"Make the link"</button>
            </PostForm>
        </Card>
    }
}
