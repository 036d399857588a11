//! Public pages on which a seller signs up: without a link, and by a link. The token in the path of a link is the
//! permission.

use domain::sign_up::SignUpPolicy;
use domain::view::SignUpLinkView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    AuthPage, Field, FormMessage, FormState, LinkRequest, PostForm, RelativeTime, Username, link_page,
};
use crate::context;
use crate::server_fn::sign_up::{CreateSeller, CreateSellerByLink, RequestSignUp, sign_up_link};

/// The page without a link.
#[component]
pub fn SignUp() -> impl IntoView {
    let policy = context::sign_up_policy();
    let part = match (policy.refusal(), context::sends_mail()) {
        (Some(reason), _) => {
            view! { <Refused reason has_links={policy == SignUpPolicy::Invitation}/> }.into_any()
        }
        (None, true) => view! { <AskForLink/> }.into_any(),
        (None, false) => view! { <CreateForm/> }.into_any(),
    };
    view! {
        <AuthPage title="Create an account">
            <h1>"Create an account"</h1>
            {part}
            <p><a href="/sign-in">"Back to the sign-in"</a></p>
        </AuthPage>
    }
}

/// The way to an account while not everyone may sign up.
#[component]
fn Refused(reason: &'static str, has_links: bool) -> impl IntoView {
    let how = if has_links {
        "The link opens the form to create the account."
    } else {
        "The operator can make one. To join a seller who sells here already, ask the seller for an invitation."
    };
    view! {
        <p role="status">{reason}</p>
        <p class="muted">{how}</p>
    }
}

/// The form that asks for a link, and what follows.
#[component]
fn AskForLink() -> impl IntoView {
    let form = FormState::of::<RequestSignUp>();
    view! {
        <LinkRequest form to=RequestSignUp::url()
            purpose="You get a link by mail, with which you create the account."
            sent="A mail is on its way to this address. Its link works once, for a day. An address gets three such mails an hour at most."/>
    }
}

/// The form of a server that sends no mail.
#[component]
fn CreateForm() -> impl IntoView {
    let form = FormState::of::<CreateSeller>();
    view! {
        <PostForm to=CreateSeller::url() class="stack">
            <FormMessage form/>
            <SellerFields form/>
            <Field form name="email" label="E-mail" kind="email" required=true autocomplete="username"/>
            <NewPasswordField form/>
            <button class="button button-primary">"Create the account"</button>
        </PostForm>
    }
}

/// The names of the seller and of the person.
#[component]
fn SellerFields(form: FormState) -> impl IntoView {
    view! {
        <Field form name="account" label="Company or shop" required=true autocomplete="organization"/>
        <Field form name="name" label="Your name" required=true autocomplete="name"/>
    }
}

#[component]
fn NewPasswordField(form: FormState) -> impl IntoView {
    view! {
        <Field form name="password" label="Password" kind="password" required=true autocomplete="new-password"
            hint="At least 10 characters."/>
    }
}

/// The page of a link.
#[component]
pub fn SignUpByLink() -> impl IntoView {
    link_page(
        "Create an account",
        sign_up_link,
        |link, token| view! { <Found link token/> }.into_any(),
        || {
            view! {
                <p>
                    "A link works once, for a limited time. Check that you copied the whole link, "
                    "or ask for a new one."
                </p>
                <a class="button" href="/sign-up">"Ask for a new link"</a>
            }
            .into_any()
        },
    )
}

#[component]
fn Found(link: SignUpLinkView, token: String) -> impl IntoView {
    let SignUpLinkView { refusal, invited_by, email, is_address_proved, expires_at } = link;
    if let Some(reason) = refusal {
        return view! {
            <h1>"This link has ended"</h1>
            <p role="status">{reason}</p>
            <a class="button" href="/sign-in">"Sign in"</a>
        }
        .into_any();
    }
    let form = FormState::of::<CreateSellerByLink>();
    let email = email.unwrap_or_default();
    let (for_whom, address) = if is_address_proved {
        let shown = email.clone();
        (
            view! { <p>"For " <strong class="text-break">{shown}</strong> "."</p> }.into_any(),
            view! { <Username email/> }.into_any(),
        )
    } else {
        let invited_by = invited_by.unwrap_or_default();
        (
            view! {
                <p><bdi>{invited_by}</bdi> " invites you. The link expires " <RelativeTime at=expires_at/> "."</p>
            }
            .into_any(),
            view! {
                <Field form name="email" label="E-mail" kind="email" value=email required=true
                    autocomplete="username"/>
            }
            .into_any(),
        )
    };
    view! {
        <h1>"Create an account"</h1>
        {for_whom}
        <PostForm to=CreateSellerByLink::url() class="stack">
            <FormMessage form/>
            <input type="hidden" name="token" value=token/>
            <SellerFields form/>
            {address}
            <NewPasswordField form/>
            <button class="button button-primary">"Create the account"</button>
        </PostForm>
    }
    .into_any()
}
