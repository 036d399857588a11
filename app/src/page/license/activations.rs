//! Activations of a license, each with a button that frees its slot for members with the permission.

use domain::activation::Kind;
use domain::license::{Limit, Standing};
use domain::view::{ActivationRow, LicenseView, MachineView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::cursors::{ListCursors, OlderLinks};
use crate::component::{PostForm, RelativeTime, format_times};
use crate::island::CopyButton;
use crate::server_fn::license::FreeActivation;

/// The activations.
#[component]
pub fn Activations(license: LicenseView, cursors: ListCursors, may_free: bool) -> impl IntoView {
    let id = license.id;
    let at_limit =
        |used: u32, limit: Limit| license.standing == Standing::Active && !limit.allows_one_more(used);
    let full = |is_full: bool| is_full.then(|| view! { " " <span class="tag">"full"</span> });
    let no_domain = full(at_limit(license.domains_used, license.domain_limit));
    let ListCursors { activations: current, timeline } = cursors;
    let is_older = current.is_some();
    let no_machine = full(at_limit(license.machines_used, license.machine_limit));
    let domains = usage_text(license.domains_used, license.domain_limit, "domain");
    let machines = usage_text(license.machines_used, license.machine_limit, "machine");
    let list = if license.activations.is_empty() {
        let text = if is_older {
            "There are no older ones."
        } else {
            "Not active anywhere. An app activates it with the key and its domain or machine."
        };
        view! { <p class="muted">{text}</p> }.into_any()
    } else {
        let rows: Vec<_> = license
            .activations
            .into_iter()
            .map(|row| activation_row(id.to_string(), row, may_free))
            .collect();
        view! { <ul class="item-list">{rows}</ul> }.into_any()
    };
    let to = |activations| ListCursors { activations, timeline }.url(id, "activations");
    let latest = is_older.then(|| to(None));
    let more = license.more_activations.map(|last| to(Some(last)));
    view! {
        <section id="activations">
            <h2>
                <span class="number">{domains}</span>
                {no_domain} " · " <span class="number">{machines}</span> {no_machine}
            </h2>
            {list}
            <OlderLinks what="activations" latest more/>
        </section>
    }
}

/// "0 of 1 domain", "2 of 3 domains".
fn usage_text(used: u32, limit: Limit, noun: &str) -> String {
    let plural = if limit.slots() == Some(1) { "" } else { "s" };
    format!("{used} of {limit} {noun}{plural}")
}

fn activation_row(license: String, row: ActivationRow, may_free: bool) -> impl IntoView {
    let ActivationRow {
        id,
        kind,
        subject,
        unicode,
        activated_at,
        verification_count,
        last_verified_at,
        machine,
    } = row;
    let punycode = unicode.is_some().then(|| view! { " " <code class="muted">{subject.clone()}</code> });
    let (what, name) = match (&kind, &machine) {
        (Kind::Machine, Some(machine)) => ("machine", machine.hostname.clone()),
        _ => ("domain", unicode.unwrap_or_else(|| subject.clone())),
    };
    let about = if let Some(machine) = machine {
        view! { <AboutMachine machine fingerprint=subject/> }.into_any()
    } else {
        match last_verified_at {
            Some(at) => {
                view! { " · verified " {format_times(verification_count)} " · last verified " <RelativeTime at/> }.into_any()
            }
            None => " · never verified".into_any(),
        }
    };
    let text = format!("Free the {what} {name}");
    let free = id.filter(|_| may_free).map(|id| {
        view! {
            <PostForm to=FreeActivation::url() class="">
                <input type="hidden" name="license" value=license/>
                <input type="hidden" name="activation" value=id.to_string()/>
                <button class="button button-small" aria-label=text>"Free"</button>
            </PostForm>
        }
    });
    view! {
        <li>
            <div>
                <strong class="item-title">{name} {punycode}</strong>
                <span class="muted">"Activated " <RelativeTime at=activated_at/> {about}</span>
            </div>
            {free}
        </li>
    }
}

#[component]
fn AboutMachine(machine: MachineView, fingerprint: String) -> impl IntoView {
    let MachineView { hostname: _, os, app_version, ip, last_synced_at, lease_ends, offline, uses } = machine;
    let short: String = fingerprint.chars().take(12).collect();
    let from = ip.map(|ip| format!(" · from {ip}"));
    let synced = last_synced_at.filter(|_| !offline).map(|at| view! { " · last sync " <RelativeTime at/> });
    let lease = lease_ends.map(|at| view! { " · lease ends " <RelativeTime at/> });
    let offline = offline.then_some(" · by a file");
    let uses: Vec<_> = uses.iter().map(|(name, n)| format!(" · {name} {n}")).collect();
    view! {
        " · " {os} " · app " {app_version} {from} {synced} {lease} {offline} {uses} " · fingerprint "
        <code title=fingerprint.clone()>{short}</code> " " <CopyButton text=fingerprint/>
    }
}
