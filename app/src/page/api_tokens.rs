//! Page of API tokens, the bearer tokens for the seller's own systems.

use domain::permission::{Permission, Role};
use domain::view::ApiTokenRow;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    Badge, Card, Dialog, ErrorState, Field, FormMessage, FormState, PageTitle, PostForm, RelativeTime,
    RequirePermission, Select, Tone,
};
use crate::island::CopyButton;
use crate::server_fn::api_token::{CreateApiToken, RevokeApiToken, TokensPage, api_tokens};

/// The page.
#[component]
pub fn ApiTokens() -> impl IntoView {
    let page = Resource::new_blocking(|| (), |()| api_tokens());
    let form = FormState::of::<CreateApiToken>();
    view! {
        <PageTitle text="API tokens"/>
        <h1>"API tokens"</h1>
        <p>"For your own systems: " <code>"Authorization: Bearer cs_…"</code> ". Apps need none."</p>
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
                    <button class="button button-primary">"Make the token"</button>
                </PostForm>
            </Card>
        </RequirePermission>
    }
}

fn roles() -> Vec<(String, String)> {
    [
        (Role::Support, "licenses: read and write"),
        (Role::Viewer, "read only"),
        (Role::Admin, "licenses and products"),
    ]
    .map(|(role, description)| (role.as_str().to_owned(), format!("{} – {description}", role.as_str())))
    .to_vec()
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
    let ApiTokenRow { id, name, last_four, role, created_at, revoked_at } = row;
    let state = revoked_at.map(|at| {
        view! { " · " <Badge tone=Tone::Danger>"withdrawn"</Badge> " " <RelativeTime at/> }
    });
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
                <span class="muted">"cs_…" {last_four} " · " {role.as_str()} " · made " <RelativeTime at=created_at/> {state}</span>
            </div>
            {button}
        </li>
    }
}
