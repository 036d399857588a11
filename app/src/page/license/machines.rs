//! The active machines of a license.

use domain::view::{ActivationPage, ActivationRow, LicenseView, MachineView};
use domain::{OfflineResponse, Timestamp};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::cursors::{OlderLinks, url};
use super::domains::Used;
use crate::component::{PostForm, RelativeTime, row_id};
use crate::context;
use crate::island::CopyButton;
use crate::server_fn::license::FreeActivation;
use crate::server_fn::license_page::LicenseParams;

/// The machines.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Machines(license: LicenseView, params: LicenseParams, may_write: bool) -> impl IntoView {
    let id = license.id;
    let ActivationPage { rows, more } = license.machines.clone();
    let current = params.activations.machines.clone();
    let to = |machines| {
        let mut params = params.clone();
        params.activations.machines = machines;
        url(id, &params, "machines")
    };
    let latest = current.is_some().then(|| to(None));
    let more = more.map(|last| to(Some(last)));
    let list = if rows.is_empty() {
        view! { <p class="muted">"Not active on any machine."</p> }.into_any()
    } else {
        let rows: Vec<_> = rows.into_iter().map(|row| machine_row(row, may_write)).collect();
        let list = view! { <ul class="item-list">{rows}</ul> };
        if may_write {
            // One form for all machines, because a form for each is a tenth of a long page.
            view! {
                <PostForm to=FreeActivation::url() class="">
                    <input type="hidden" name="license" value=id.to_string()/>
                    {list}
                </PostForm>
            }
            .into_any()
        } else {
            list.into_any()
        }
    };
    view! {
        <section class="card" id="machines">
            <h2><Used used=license.machines_used limit=license.machine_limit noun="machine" standing=license.standing/></h2>
            {list}
            <OlderLinks what="machines" latest more/>
        </section>
    }
}

fn machine_row(row: ActivationRow, may_write: bool) -> impl IntoView {
    let ActivationRow { id, subject, activated_at, machine, .. } = row;
    let name = machine.as_ref().map(|machine| machine.hostname.clone()).unwrap_or_default();
    let row_id = id.map_or_else(|| row_id("machine", &subject), |id| format!("activation-{id}"));
    let about = machine.map(|machine| view! { <AboutMachine machine fingerprint=subject/> });
    let label = format!("Free the machine {name}");
    let free = id.filter(|_| may_write).map(|id| {
        view! {
            <button class="button button-small" name="activation" value=id.to_string() aria-label=label>"Free"</button>
        }
    });
    view! {
        <li id=row_id>
            <div>
                <strong class="item-title"><bdi>{name}</bdi></strong>
                <span class="muted">"Activated " <RelativeTime at=activated_at/> {about}</span>
            </div>
            {free}
        </li>
    }
}

#[component]
fn AboutMachine(machine: MachineView, fingerprint: String) -> impl IntoView {
    let MachineView { hostname: _, os, app_version, ip, last_synced_at, lease_ends, offline, response, uses } =
        machine;
    let short: String = fingerprint.chars().take(12).collect();
    // One text, because each further one costs a mark in the page.
    let from = ip.map(|ip| format!(" · from {ip}")).unwrap_or_default();
    let about = format!(" · {os} · app {app_version}{from}");
    let synced = last_synced_at.filter(|_| !offline).map(|at| view! { " · last sync " <RelativeTime at/> });
    let lease = lease_ends.map(|at| view! { " · lease ends " <RelativeTime at/> });
    let offline = match response {
        Some(OfflineResponse::EndsAt(end)) if end > context::now() => {
            view! { <Until text=" · offline until " end/> }.into_any()
        }
        Some(OfflineResponse::EndsAt(end)) if offline => {
            view! { <Until text=" · was offline until " end/> }.into_any()
        }
        _ => offline.then_some(" · by a file").into_any(),
    };
    let uses: Vec<_> = uses.iter().map(|(name, n)| format!(" · {name} {n}")).collect();
    view! {
        {about} {synced} {lease} {offline} {uses} " · fingerprint "
        <code title=fingerprint.clone()>{short}</code> " " <CopyButton text=fingerprint/>
    }
}

/// The end of an offline response, as a day with the exact time as its tooltip.
#[component]
fn Until(text: &'static str, end: Timestamp) -> impl IntoView {
    let exact = end.rfc3339();
    view! { {text} <time datetime=exact.clone() title=exact>{end.date()}</time> }
}
