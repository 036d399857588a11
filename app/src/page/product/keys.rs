//! Signing keys of a product: the public keys, and their rotation for members with the permission.

use domain::ProductId;
use domain::view::SigningKeyView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{FormMessage, FormState, PostForm, RelativeTime};
use crate::island::CopyButton;
use crate::server_fn::product::{RetireKey, RotateKey};

/// The keys, newest first.
#[component]
pub fn Keys(product: ProductId, list: Vec<SigningKeyView>, may_change: bool) -> impl IntoView {
    let none = list.is_empty();
    let rows: Vec<_> = list.into_iter().map(|key| key_row(product, key, may_change)).collect();
    let body = if none {
        view! { <p class="muted">"It is being made; reload in a moment."</p> }.into_any()
    } else {
        view! { <ul class="item-list">{rows}</ul> }.into_any()
    };
    view! {
        <section class="card">
            <h2>"Signing keys"</h2>
            <p class="muted">
                "Activation tokens are signed with RS256. The public keys are at "
                <a href=format!("/.well-known/jwks/{product}") rel="external">"/.well-known/jwks/…"</a>
                " too; " <a href="/docs/tokens" rel="external">"how to verify a token"</a> "."
            </p>
            <FormMessage form={FormState::of::<RetireKey>()}/>
            <FormMessage form={FormState::of::<RotateKey>()}/>
            {body}
            {may_change.then(|| view! { <Rotate product/> })}
        </section>
    }
}

#[component]
fn Rotate(product: ProductId) -> impl IntoView {
    view! {
        <details class="action" id="rotate-key">
            <summary class="button">"Rotate the key…"</summary>
            <PostForm to=RotateKey::url() class="stack panel">
                <p>
                    "New tokens are signed with a new key from now on. Tokens that are out there go on verifying until you retire the old key; apps that carry the old PEM must be given the new one first."
                </p>
                <input type="hidden" name="product" value=product.to_string()/>
                <button class="button button-primary">"Rotate"</button>
            </PostForm>
        </details>
    }
}

fn key_row(product: ProductId, key: SigningKeyView, may_change: bool) -> impl IntoView {
    let SigningKeyView { kid, pem, created_at, rotated_at, retired_at } = key;
    let short: String = kid.chars().take(12).collect();
    let state = match (rotated_at, retired_at) {
        (_, Some(at)) => view! { "retired " <RelativeTime at/> ", verifies nothing" }.into_any(),
        (Some(at), None) => view! { "rotated " <RelativeTime at/> ", still verifies" }.into_any(),
        (None, None) => "signs".into_any(),
    };
    let (name, label) = (kid.clone(), format!("Retire… the key {short}"));
    let is_retirable = may_change && rotated_at.is_some() && retired_at.is_none();
    let (panel, pem_panel) = (format!("retire-{kid}"), format!("pem-{kid}"));
    let retire = is_retirable.then(|| {
        view! {
            <details class="action" id=panel>
                <summary class="button button-small button-danger" aria-label=label>"Retire…"</summary>
                <PostForm to=RetireKey::url() class="stack panel">
                    <p>"Tokens that were signed with it stop verifying, wherever they are. " <strong>"This can’t be undone."</strong></p>
                    <input type="hidden" name="product" value=product.to_string()/>
                    <input type="hidden" name="kid" value=name/>
                    <button class="button button-danger">"Retire for good"</button>
                </PostForm>
            </details>
        }
    });
    view! {
        <li>
            <div>
                <strong class="item-title"><code title=kid>{short}</code></strong> " " {state}
                <span class="muted">"Made " <RelativeTime at=created_at/></span>
                <details id=pem_panel>
                    <summary>"Public key"</summary>
                    <pre class="code-block" tabindex="0"><code>{pem.clone()}</code></pre>
                    <CopyButton text=pem/>
                </details>
            </div>
            {retire}
        </li>
    }
}
