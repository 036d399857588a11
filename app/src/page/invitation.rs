//! Public page of an invitation. The token in its path is the permission.

use domain::view::{CurrentUser, InvitationView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Field, FormMessage, FormState, PostForm, RelativeTime, link_page};
use crate::server_fn::invitation::{
    AcceptInvitation, AcceptInvitationAsNewUser, AcceptInvitationBySignIn, InvitationPage, invitation,
};

/// The page.
#[component]
pub fn Invitation() -> impl IntoView {
    link_page(
        "Invitation",
        invitation,
        |page, token| view! { <Found page token/> }.into_any(),
        || view! { <p>"Check that you copied the whole link, or ask for a new one."</p> }.into_any(),
    )
}

#[component]
fn Found(page: InvitationPage, token: String) -> impl IntoView {
    let InvitationPage { invitation, me } = page;
    let InvitationView { account, role, invited_by, name, email, expires_at, state } = invitation;
    if let Some(reason) = state.refusal() {
        return view! {
            <h1>"This invitation has ended"</h1>
            <p role="status">{reason}</p>
            <a class="button" href="/">"Go to the dashboard"</a>
        }
        .into_any();
    }
    let forms = match me {
        Some(me) => view! { <JoinForm me token/> }.into_any(),
        None => view! {
            <NewUserForm token=token.clone() name=name.unwrap_or_default() email=email.unwrap_or_default()/>
            <SignInForm token/>
        }
        .into_any(),
    };
    view! {
        <h1 dir="auto" class="text-break">"Join " {account}</h1>
        <p>
            {invited_by} " invites you as " <strong>{role.label()}</strong> ": " {role.description()} ". The link expires "
            <RelativeTime at=expires_at/> "."
        </p>
        {forms}
    }
    .into_any()
}

/// The form of a browser that is signed in.
#[component]
fn JoinForm(me: CurrentUser, token: String) -> impl IntoView {
    view! {
        <PostForm to=AcceptInvitation::url() class="stack">
            <FormMessage form={FormState::of::<AcceptInvitation>()}/>
            <input type="hidden" name="token" value=token/>
            <p>"You are signed in as " <strong>{me.name}</strong> " (" {me.email} ")."</p>
            <button class="button button-primary">"Join"</button>
        </PostForm>
    }
}

#[component]
fn NewUserForm(token: String, name: String, email: String) -> impl IntoView {
    let form = FormState::of::<AcceptInvitationAsNewUser>();
    view! {
        <h2>"New here"</h2>
        <PostForm to=AcceptInvitationAsNewUser::url() class="stack">
            <FormMessage form/>
            <input type="hidden" name="token" value=token/>
            <Field form name="name" label="Your name" value=name required=true autocomplete="name"/>
            <Field form name="email" label="E-mail" kind="email" value=email required=true autocomplete="username"/>
            <Field form name="password" label="New password" kind="password" required=true
                autocomplete="new-password" hint="At least 10 characters."/>
            <button class="button button-primary">"Make a sign-in and join"</button>
        </PostForm>
    }
}

#[component]
fn SignInForm(token: String) -> impl IntoView {
    let form = FormState::of::<AcceptInvitationBySignIn>();
    view! {
        <h2>"You have a sign-in"</h2>
        <PostForm to=AcceptInvitationBySignIn::url() class="stack">
            <FormMessage form/>
            <input type="hidden" name="token" value=token/>
            <Field form name="email" id="known-email" label="E-mail of your sign-in" kind="email" required=true
                autocomplete="username"/>
            <Field form name="password" id="known-password" label="Your password" kind="password" required=true
                autocomplete="current-password"/>
            <button class="button">"Sign in and join"</button>
        </PostForm>
    }
}
