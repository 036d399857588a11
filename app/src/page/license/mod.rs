//! Page of a license.

mod actions;
mod activations;
mod cursors;
mod timeline;

use domain::license::Standing;
use domain::permission::Permission;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::component::{
    CurrentUserContext, ErrorState, FormMessage, FormState, PageTitle, Permissions, RelativeTime,
    StandingBadge, format_times,
};
use crate::island::CopyButton;
use crate::server_fn::license::{
    ChangeLimit, FreeActivation, LicensePage, ReinstateLicense, RenewLicense, RevokeLicense, SuspendLicense,
    license,
};
use actions::Actions;
use activations::Activations;
use cursors::ListCursors;
use timeline::Timeline;

/// The page.
#[component]
pub fn License() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let reveal = Memo::new(move |_| query.read().get("reveal").is_some());
    let cursors = Memo::new(move |_| ListCursors::from_query(&query.read()));
    let current_user = expect_context::<CurrentUserContext>();
    let page = Resource::new_blocking(
        move || (id.get(), reveal.get(), cursors.get()),
        |(id, reveal, cursors)| license(id, reveal, cursors.activations, cursors.timeline),
    );
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let permissions = current_user.permissions().await;
                match page.await {
                    Ok(page) => view! { <Body page cursors=cursors.get_untracked() permissions/> }.into_any(),
                    Err(error) => view! { <PageTitle text="License"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Body(page: LicensePage, cursors: ListCursors, permissions: Permissions) -> impl IntoView {
    let LicensePage { license, timeline, key } = page;
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
    let since = license.standing_since.map(|at| view! { " since " <RelativeTime at/> });
    let reason = license.standing_reason.clone().map(|reason| view! { <q>{reason}</q> });
    let customer = match (license.customer_name.clone(), license.customer_email.clone()) {
        (Some(name), Some(email)) => view! { {name} <br/> <span class="muted">{email}</span> }.into_any(),
        (Some(text), None) | (None, Some(text)) => text.into_any(),
        (None, None) => "—".into_any(),
    };
    let expires = match license.expires_at {
        Some(at) => view! { {at.date()} " (" <RelativeTime at/> ")" }.into_any(),
        None => "never".into_any(),
    };
    let last = match license.last_verified_at {
        Some(at) => view! { ", last " <RelativeTime at/> }.into_any(),
        None => ().into_any(),
    };
    let meters = license.meters.iter().map(|(name, used, allowed)| {
        let of = allowed.map(|n| format!(" of {n}")).unwrap_or_default();
        view! { <div><dt>{name.clone()}</dt><dd>{format!("{used}{of} used")}</dd></div> }
    });
    let meters: Vec<_> = meters.collect();
    view! {
        <PageTitle text=format!("License …{tail}")/>
        <p class="breadcrumb"><a href="/licenses">"Licenses"</a></p>
        <h1 class="key-row">{shown}</h1>
        <p class="lead"><StandingBadge standing=license.standing/> {since} " " {reason}</p>
        <FormMessage form={FormState::of::<ReinstateLicense>()}/>
        <FormMessage form={FormState::of::<FreeActivation>()}/>
        // Errors of actions whose panels are hidden because the standing does not allow them any more.
        {matches!(license.standing, Standing::Suspended | Standing::Revoked).then(|| view! { <FormMessage form={FormState::of::<SuspendLicense>()}/> })}
        {(license.standing == Standing::Revoked).then(|| view! {
            <FormMessage form={FormState::of::<RevokeLicense>()}/>
            <FormMessage form={FormState::of::<RenewLicense>()}/>
            <FormMessage form={FormState::of::<ChangeLimit>()}/>
        })}
        <dl class="details">
            <div><dt>"Product"</dt><dd><a href=format!("/products/{}", license.product_id)>{license.product.clone()}</a></dd></div>
            <div><dt>"Customer"</dt><dd>{customer}</dd></div>
            <div><dt>"Expires"</dt><dd>{expires}</dd></div>
            <div><dt>"Issued"</dt><dd><RelativeTime at=license.created_at/></dd></div>
            {meters}
            <div><dt>"Found valid"</dt><dd>{format_times(license.verification_count)} {last}</dd></div>
        </dl>
        {permissions.allows(Permission::WriteLicense).then(|| view! { <Actions license=license.clone()/> })}
        <Activations license cursors=cursors.clone() may_free=permissions.allows(Permission::WriteLicense)/>
        <Timeline license=id timeline cursors/>
    }
}
