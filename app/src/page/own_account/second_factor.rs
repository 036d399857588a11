//! The second factor: its set-up, recovery codes, and removal.

use domain::view::SecondFactorView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    Badge, Card, Dialog, Field, FormMessage, FormState, PostForm, RelativeTime, Tone, Username,
};
use crate::island::CopyButton;
use crate::server_fn::own_account::{
    BeginSecondFactor, ConfirmSecondFactor, DisableSecondFactor, RenewRecoveryCodes, SecondFactorSetUp,
};

/// The card.
#[component]
pub fn SecondFactorCard(
    view: SecondFactorView,
    set_up: Option<SecondFactorSetUp>,
    recovery_codes: Vec<String>,
    email: String,
) -> impl IntoView {
    let made = (!recovery_codes.is_empty()).then(|| view! { <MadeCodes codes=recovery_codes/> });
    let body = match (view.enabled_at, set_up) {
        (Some(_), _) => view! { <Enabled view email/> }.into_any(),
        (None, Some(set_up)) => view! { <Confirm set_up/> }.into_any(),
        (None, None) => view! { <Begin email/> }.into_any(),
    };
    view! { <Card title="Two-factor sign-in">{made} {body}</Card> }
}

#[component]
fn Begin(email: String) -> impl IntoView {
    let form = FormState::of::<BeginSecondFactor>();
    view! {
        <PostForm to=BeginSecondFactor::url()>
            <FormMessage form/>
            <Username email/>
            <p>
                "With it, a sign-in needs a code of an authenticator app on your phone beside the password. "
                "Any app for one-time passwords (TOTP) works."
            </p>
            <Field form name="password" id="set-up-password" label="Your password" kind="password" required=true
                autocomplete="current-password"/>
            <button class="button button-primary">"Set up"</button>
        </PostForm>
    }
}

#[component]
fn Confirm(set_up: SecondFactorSetUp) -> impl IntoView {
    let form = FormState::of::<ConfirmSecondFactor>();
    let SecondFactorSetUp { picture, secret } = set_up;
    view! {
        <p>"1. Scan this code with your authenticator app, or type the secret."</p>
        <div class="qr-code" role="img" aria-label="Code for the authenticator app; the secret follows as text" inner_html=picture></div>
        <p class="key-row"><code class="key">{secret.clone()}</code> <CopyButton text=secret/></p>
        <PostForm to=ConfirmSecondFactor::url()>
            <FormMessage form/>
            <Field form name="code" id="confirm-code" label="2. Type the 6 digits that the app shows" required=true
                autocomplete="one-time-code"/>
            <button class="button button-primary">"Switch on"</button>
        </PostForm>
    }
}

#[component]
fn Enabled(view: SecondFactorView, email: String) -> impl IntoView {
    let since = view.enabled_at.map(|at| view! { " since " <RelativeTime at/> });
    let left = view.recovery_codes_left;
    let few = (left < 3).then(|| {
        view! { " " <strong>"Make new ones before you run out."</strong> }
    });
    let off = if view.is_required {
        view! { <p class="muted">"An account of yours requires it, so it cannot be switched off."</p> }
            .into_any()
    } else {
        view! {
            <ProofDialog id="switch-off" label="Switch off…" title="Switch two-factor sign-in off?" danger=true
                to=DisableSecondFactor::url() form={FormState::of::<DisableSecondFactor>()}
                text="Your password alone signs you in then. Recovery codes end." button="Switch off" email=email.clone()/>
        }
        .into_any()
    };
    view! {
        <p><Badge tone=Tone::Success>"on"</Badge> {since} ". " {left} " recovery codes are left." {few}</p>
        <div class="actions">
            <ProofDialog id="renew-codes" label="New recovery codes…" title="Make new recovery codes?" danger=false
                to=RenewRecoveryCodes::url() form={FormState::of::<RenewRecoveryCodes>()}
                text="The present codes end. The new ones are shown once." button="Make new codes" email/>
            {off}
        </div>
    }
}

/// A dialog that asks for the password and a code. After a refusal the message is above the button.
#[component]
fn ProofDialog(
    id: &'static str,
    label: &'static str,
    title: &'static str,
    danger: bool,
    to: &'static str,
    form: FormState,
    text: &'static str,
    button: &'static str,
    email: String,
) -> impl IntoView {
    let class = if danger { "button button-small button-danger-outline" } else { "button button-small" };
    let submit = if danger { "button button-danger" } else { "button button-primary" };
    view! {
        <Refusal form/>
        <Dialog id label title class>
            <PostForm to class="stack">
                <p>{text}</p>
                <Username email/>
                <Field form={FormState::unsubmitted()} name="password" id=format!("{id}-password") label="Your password"
                    kind="password" required=true autocomplete="current-password"/>
                <Field form={FormState::unsubmitted()} name="code" id=format!("{id}-code") label="Code" required=true
                    autocomplete="one-time-code" hint="Of the app, or a recovery code."/>
                <button class=submit>{button}</button>
            </PostForm>
        </Dialog>
    }
}

/// The fault of a form in a closed dialog.
#[component]
fn Refusal(form: FormState) -> impl IntoView {
    let faults: Vec<String> =
        ["password", "code"].into_iter().filter_map(|field| form.error_for(field)).collect();
    if faults.is_empty() {
        return view! { <FormMessage form/> }.into_any();
    }
    view! { <p class="alert alert-danger" role="alert" tabindex="-1" autofocus=true>{faults.join(" ")}</p> }
        .into_any()
}

#[component]
fn MadeCodes(codes: Vec<String>) -> impl IntoView {
    let text = codes.join("\n");
    let rows: Vec<_> =
        codes.into_iter().map(|code| view! { <li><code class="key">{code}</code></li> }).collect();
    view! {
        <section class="alert alert-success" role="status">
            <p><strong>"Keep these recovery codes in a safe place: they are shown this once."</strong></p>
            <p>"Each signs you in once if you lose the app."</p>
            <ul class="code-list">{rows}</ul>
            <CopyButton text/>
        </section>
    }
}
