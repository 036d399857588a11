//! Head of a license's page: key, standing with its reason, and the actions.

use domain::LicenseId;
use domain::license::Standing;
use domain::permission::Permission;
use domain::view::LicenseView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::actions::{Actions, Id};
use crate::component::{
    FormMessage, FormState, LivePart, PageTitle, Permissions, PostForm, RelativeTime, StandingBadge,
    pluralize,
};
use crate::island::CopyButton;
use crate::server_fn::license::{ReinstateLicense, UndoRevocation};
use crate::server_fn::license_page::RetireFormerKeys;

/// The head.
#[component]
pub fn Header(license: LicenseView, key: Option<String>, permissions: Permissions) -> impl IntoView {
    let id = license.id;
    let tail = license.masked_key.rsplit('-').next().unwrap_or_default().to_owned();
    let shown = match key {
        Some(key) => view! {
            <code class="key">{key.clone()}</code>
            <CopyButton text=key/>
            <a class="button button-small" href=format!("/licenses/{id}")>"Hide"</a>
        }
        .into_any(),
        None => view! {
            <code class="key">{license.masked_key.clone()}</code>
            {permissions.allows(Permission::RevealKey).then(|| view! {
                <a class="button button-small" href=format!("/licenses/{id}?reveal=1")>"Reveal"</a>
            })}
        }
        .into_any(),
    };
    let standing = license.standing;
    let may_write = permissions.allows(Permission::WriteLicense);
    let may_undo = permissions.allows(Permission::UndoRevocation);
    let notice = view! { <StandingNotice license=license.clone() may_write may_undo/> };
    view! {
        <PageTitle text=format!("License …{tail}")/>
        <p class="breadcrumb">
            <a href="/licenses">"Licenses"</a> " / "
            <a href=format!("/products/{}", license.product_id)>{license.product.clone()}</a>
        </p>
        <div class="page-header license-header">
            <h1 class="key-row">{shown} <span id="live-badge" data-live-part=""><StandingBadge standing/></span></h1>
            {may_write.then(|| view! { <Actions license=license.clone() permissions/> })}
        </div>
        <LivePart id="live-standing">{notice}</LivePart>
        <FormerKeys license may_write/>
    }
}

/// Says why apps are refused, and offers the action that lifts the standing.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn StandingNotice(license: LicenseView, may_write: bool, may_undo: bool) -> impl IntoView {
    let since = license.standing_since.map(|at| view! { " " <RelativeTime at/> });
    let reason = license.standing_reason.clone().map(|reason| view! { ": " <q>{reason}</q> });
    let active = i64::from(license.domains_used) + i64::from(license.machines_used);
    let who = match active {
        0 => "Apps get the answer ".to_owned(),
        1 => "Its activation gets the answer ".to_owned(),
        n => format!("Its {} get the answer ", pluralize(n, "activation")),
    };
    match license.standing {
        Standing::Active => ().into_any(),
        Standing::Suspended => view! {
            <div class="notice notice-warning" id="standing">
                <p><strong>"Suspended" {since}</strong> {reason} ". " {who} <code>"suspended"</code> "."</p>
                {may_write.then(|| view! { <Reinstate id=license.id/> })}
            </div>
        }
        .into_any(),
        Standing::Expired => view! {
            <div class="notice notice-warning" id="standing">
                <p>
                    <strong>"Expired" {license.expires_at.map(|at| view! { " " <RelativeTime at/> })}</strong>
                    ". " {who} <code>"expired"</code> "."
                </p>
                {may_write.then(|| view! { <a class="button button-primary" href="#terms">"Renew below"</a> })}
            </div>
        }
        .into_any(),
        Standing::Revoked => view! {
            <div class="notice notice-danger" id="standing">
                <p><strong>"Revoked" {since}</strong> {reason} ". Apps get the answer " <code>"revoked"</code> "."</p>
                {may_undo.then(|| view! { <UndoForm id=license.id/> })}
            </div>
        }
        .into_any(),
    }
}

/// Names the former keys that still work, and offers to end them.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn FormerKeys(license: LicenseView, may_write: bool) -> impl IntoView {
    (!license.former_keys.is_empty()).then(|| {
        let keys: Vec<_> = license
            .former_keys
            .iter()
            .map(|key| {
                view! { <p>"The former key " <code>"…" {key.last_four.clone()}</code> " works until " {key.valid_until.date()} " (" <RelativeTime at=key.valid_until/> ")."</p> }
            })
            .collect();
        view! {
            <div class="notice" id="former-keys">
                <div>{keys}</div>
                {may_write.then(|| view! {
                    <PostForm to=RetireFormerKeys::url() class="action">
                        <Id id=license.id/>
                        <button class="button">"End now"</button>
                    </PostForm>
                })}
            </div>
        }
    })
}

/// Asks before a revocation is undone.
#[component]
fn UndoForm(id: LicenseId) -> impl IntoView {
    let form = FormState::of::<UndoRevocation>();
    view! {
        <details class="action" id="undo-revocation" name="action" open=form.was_rejected()>
            <summary class="button">"Undo the revocation…"</summary>
            <PostForm to=UndoRevocation::url() class="stack panel">
                <FormMessage form/>
                <p>"The license is active again, and its activations go on."</p>
                <Id id/>
                <button class="button button-primary">"Make it active again"</button>
            </PostForm>
        </details>
    }
}

#[component]
fn Reinstate(id: LicenseId) -> impl IntoView {
    view! {
        <PostForm to=ReinstateLicense::url() class="action">
            <Id id/>
            <button class="button button-primary">"Reinstate"</button>
        </PostForm>
    }
}
