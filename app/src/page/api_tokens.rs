//! Page of API tokens, the bearer tokens for the seller's own systems.

use domain::Scope;
use domain::api_scope::{ApiResource, ScopeAccess};
use domain::permission::{Permission, Role};
use domain::view::ApiTokenRow;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    Badge, Card, Dialog, ErrorState, Field, FormMessage, FormState, PageTitle, PostForm, RelativeTime,
    RequirePermission, Select, Tone,
};
use crate::context;
use crate::form::CHOSEN_SCOPES;
use crate::island::CopyButton;
use crate::server_fn::api_token::{CreateApiToken, RevokeApiToken, TokensPage, api_tokens};

/// The page.
#[component]
pub fn ApiTokens() -> impl IntoView {
    let page = Resource::new(|| (), |()| api_tokens());
    let form = FormState::of::<CreateApiToken>();
    view! {
        <PageTitle text="API tokens"/>
        <h1>"API tokens"</h1>
        <p>
            "For your own systems: " <code>"Authorization: Bearer cs_…"</code> ". Apps need none. "
            <a href="/docs/conventions" rel="external">"How to use a token"</a>
        </p>
        <FormMessage form={FormState::of::<RevokeApiToken>()}/>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <List page/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
        <RequirePermission to=Permission::ManageTokens>
            <Card title="Make one">
                <PostForm to=CreateApiToken::url() novalidate=true>
                    <FormMessage form/>
                    <Field form name="name" label="What is it for?" placeholder="shop webhook"/>
                    <Select form name="role" label="It may" options=roles()/>
                    <Scopes form/>
                    <Field form name="expires_at" label="Expires" kind="date"
                        hint="To the end of that day, UTC. Empty for never."/>
                    <button class="button button-primary">"Make the token"</button>
                </PostForm>
            </Card>
        </RequirePermission>
    }
}

fn roles() -> Vec<(String, String)> {
    let roles = [
        (Role::Support, "licenses: read and write"),
        (Role::Viewer, "read only"),
        (Role::Admin, "licenses and products"),
    ]
    .map(|(role, description)| (role.as_str().to_owned(), format!("{} – {description}", role.as_str())));
    let chosen = (CHOSEN_SCOPES.to_owned(), "only what is checked below".to_owned());
    roles.into_iter().chain([chosen]).collect()
}

/// The scopes as checkboxes, by resource.
#[component]
fn Scopes(form: FormState) -> impl IntoView {
    let fault = form.error_for("scopes");
    let is_chosen = form.was_rejected() && form.initial("role", String::new()) == CHOSEN_SCOPES;
    let mut resources: Vec<ApiResource> = Scope::ALL.iter().map(|scope| scope.resource()).collect();
    resources.dedup();
    let groups: Vec<_> = resources.into_iter().map(|resource| scope_group(form, resource)).collect();
    view! {
        <details open=is_chosen>
            <summary>"Choose what it may read and write"</summary>
            {fault.map(|fault| view! { <p><strong class="field-error" role="alert">{fault}</strong></p> })}
            <p class="muted small">"Counts for “only what is checked below”. Write does not include read."</p>
            <div class="scope-groups">{groups}</div>
        </details>
    }
}

/// The checkboxes of a resource.
fn scope_group(form: FormState, resource: ApiResource) -> impl IntoView + use<> {
    let of_resource = Scope::ALL.iter().filter(|scope| scope.resource() == resource);
    let boxes: Vec<_> = of_resource
        .map(|scope| {
            let name = format!("scopes[{scope}]");
            let checked = form.was_rejected() && !form.initial(&name, String::new()).is_empty();
            let label = match scope.access() {
                ScopeAccess::Read => "read",
                ScopeAccess::Write => "write",
            };
            view! { <label><input type="checkbox" name=name checked=checked/> " " {label}</label> " " }
        })
        .collect();
    view! { <fieldset class="borderless"><legend>{resource.label()}</legend><div class="row">{boxes}</div></fieldset> }
}

#[component]
fn List(page: TokensPage) -> impl IntoView {
    let made = page.made.map(|token| {
        view! {
            <section class="alert alert-success" role="status">
                <p><strong>"Copy it now: it is shown this once."</strong></p>
                <p class="key-row"><code class="key">{token.clone()}</code> <CopyButton text=token/></p>
            </section>
        }
    });
    let rows: Vec<_> = page.tokens.into_iter().map(token_row).collect();
    let list = if rows.is_empty() {
        view! { <p class="muted">"None yet."</p> }.into_any()
    } else {
        view! { <ul class="item-list">{rows}</ul> }.into_any()
    };
    view! { {made} <Card title="Tokens">{list}</Card> }
}

fn token_row(row: ApiTokenRow) -> impl IntoView {
    let ApiTokenRow {
        id,
        name,
        last_four,
        role,
        scopes,
        has_chosen_scopes,
        created_at,
        updated_at: _,
        expires_at,
        last_used_at,
        revoked_at,
    } = row;
    let rights = if has_chosen_scopes { scopes.join(", ") } else { role.as_str().to_owned() };
    let has_expired = expires_at.is_some_and(|at| at <= context::now());
    let state = match (revoked_at, expires_at) {
        (Some(at), _) => Some(
            view! { " · " <Badge tone=Tone::Danger>"withdrawn"</Badge> " " <RelativeTime at/> }.into_any(),
        ),
        (None, Some(at)) if has_expired => Some(
            view! { " · " <Badge tone=Tone::Warning>"expired"</Badge> " " <RelativeTime at/> }.into_any(),
        ),
        (None, Some(at)) => Some(view! { " · expires " <RelativeTime at/> }.into_any()),
        (None, None) => None,
    };
    let used = match last_used_at {
        Some(at) => view! { " · last used " <RelativeTime at/> }.into_any(),
        None => view! { " · never used" }.into_any(),
    };
    let (button_label, asked_name) = (format!("Withdraw… {name}"), name.clone());
    let button = revoked_at.is_none().then(|| {
        view! {
            <Dialog id=format!("revoke-{id}") label="Withdraw…" title="Withdraw this token?" button_label
                class="button button-small button-danger-outline">
                <PostForm to=RevokeApiToken::url() class="stack">
                    <p>
                        "What uses " <strong>{asked_name}</strong> " is refused at once. "
                        <strong>"This can’t be undone."</strong>
                    </p>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="button button-danger">"Withdraw for good"</button>
                </PostForm>
            </Dialog>
        }
    });
    view! {
        <li>
            <div>
                <strong class="item-title">{name}</strong>
                <span class="muted text-break">
                    "cs_…" {last_four} " · " {rights} " · made " <RelativeTime at=created_at/> {used} {state}
                </span>
            </div>
            {button}
        </li>
    }
}
