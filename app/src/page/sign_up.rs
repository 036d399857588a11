//! Public pages on which a seller signs up: without a link, and by a link. The token in the path of a link is the
//! permission.

use domain::sign_up::SignUpPolicy;
use domain::view::{CurrentUser, SignUpLinkView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    AuthPage, Field, FormMessage, FormState, LinkRequest, PostForm, RelativeTime, Username, link_page,
};
use crate::context;
use crate::server_fn::sign_up::{
    CreateSeller, CreateSellerAsUser, CreateSellerByLink, CreateSellerBySignIn, RequestSignUp,
    SignUpLinkPage, sign_up_link,
};

/// The page without a link.
#[component]
pub fn SignUp() -> impl IntoView {
    let policy = context::sign_up_policy();
    let me = context::signed_in_user();
    let (back, to) =
        if me.is_some() { ("Back to the dashboard", "/") } else { ("Back to the sign-in", "/sign-in") };
    let part = match (policy.refusal(), me, context::sends_mail()) {
        (Some(reason), ..) => {
            view! { <Refused reason has_links={policy == SignUpPolicy::Invitation}/> }.into_any()
        }
        (None, Some(me), _) => view! { <AsUserForm me token=String::new()/> }.into_any(),
        (None, None, true) => view! { <AskForLink/> }.into_any(),
        (None, None, false) => view! { <CreateForm/> }.into_any(),
    };
    view! {
        <AuthPage title="Create an account">
            <h1>"Create an account"</h1>
            {part}
            <p><a href=to>{back}</a></p>
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
        |page, token| view! { <Found page token/> }.into_any(),
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
fn Found(page: SignUpLinkPage, token: String) -> impl IntoView {
    let SignUpLinkPage { link, me } = page;
    let SignUpLinkView { refusal, invited_by, email, is_address_proved, expires_at } = link;
    if let Some(reason) = refusal {
        return view! {
            <h1>"This link has ended"</h1>
            <p role="status">{reason}</p>
            <a class="button" href="/sign-in">"Sign in"</a>
        }
        .into_any();
    }
    // A link that proves an address is good for its user alone.
    let me = me.filter(|me| !is_address_proved || email.as_deref() == Some(me.email.as_str()));
    let email = email.unwrap_or_default();
    let (for_whom, address) = if is_address_proved {
        let shown = email.clone();
        (
            view! { <p>"For " <strong class="text-break">{shown}</strong> "."</p> }.into_any(),
            view! { <Username email/> }.into_any(),
        )
    } else {
        let invited_by = invited_by.unwrap_or_default();
        let form = FormState::of::<CreateSellerByLink>();
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
    let forms = match me {
        Some(me) => view! { <AsUserForm me token/> }.into_any(),
        None if is_address_proved => view! { <NewUserForm token address/> }.into_any(),
        None => view! {
            <h2>"New here"</h2>
            <NewUserForm token=token.clone() address/>
            <SignInForm token/>
        }
        .into_any(),
    };
    view! {
        <h1>"Create an account"</h1>
        {for_whom}
        {forms}
    }
    .into_any()
}

/// The form of a person without a sign-in. `address` is the field of the address, or what the link proves.
#[component]
fn NewUserForm(token: String, address: AnyView) -> impl IntoView {
    let form = FormState::of::<CreateSellerByLink>();
    view! {
        <PostForm to=CreateSellerByLink::url() class="stack">
            <FormMessage form/>
            <input type="hidden" name="token" value=token/>
            <SellerFields form/>
            {address}
            <NewPasswordField form/>
            <button class="button button-primary">"Create the account"</button>
        </PostForm>
    }
}

/// The form of a person who has a sign-in, and is not signed in.
#[component]
fn SignInForm(token: String) -> impl IntoView {
    let form = FormState::of::<CreateSellerBySignIn>();
    view! {
        <h2>"You have a sign-in"</h2>
        <PostForm to=CreateSellerBySignIn::url() class="stack">
            <FormMessage form/>
            <input type="hidden" name="token" value=token/>
            <Field form name="account" id="known-account" label="Company or shop" required=true
                autocomplete="organization"/>
            <Field form name="email" id="known-email" label="E-mail of your sign-in" kind="email" required=true
                autocomplete="username"/>
            <Field form name="password" id="known-password" label="Your password" kind="password" required=true
                autocomplete="current-password"/>
            <button class="button">"Sign in and create the account"</button>
        </PostForm>
    }
}

/// The form of a browser that is signed in. An empty token is no link.
#[component]
fn AsUserForm(me: CurrentUser, token: String) -> impl IntoView {
    let form = FormState::of::<CreateSellerAsUser>();
    view! {
        <PostForm to=CreateSellerAsUser::url() class="stack">
            <FormMessage form/>
            <input type="hidden" name="token" value=token/>
            <p>
                "You are signed in as " <strong>{me.name}</strong> " (" <span class="text-break">{me.email}</span>
                "), who becomes the owner of the new account."
            </p>
            <Field form name="account" label="Company or shop" required=true autocomplete="organization"/>
            <button class="button button-primary">"Create the account"</button>
        </PostForm>
    }
}
