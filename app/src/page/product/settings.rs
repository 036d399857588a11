//! Form fields of a product's settings.

use domain::license::Limit;
use domain::machine::{MachineRules, Seconds};
use domain::view::ProductView;
use domain::{KeyFormat, SlotScope};
use leptos::prelude::*;

use crate::component::{Checkbox, Field, FormState, Select, TextArea};

/// The fields of a product's form.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Settings(form: FormState, current: Option<ProductView>) -> impl IntoView {
    let is_new = current.is_none();
    let limit = |of: fn(&ProductView) -> domain::license::Limit| match &current {
        Some(product) => of(product).slots().map(|n| n.to_string()).unwrap_or_default(),
        None => "1".to_owned(),
    };
    let domains = limit(|p| p.domain_limit);
    let machines = limit(|p| p.machine_limit);
    let validity = current.as_ref().and_then(|p| p.validity).map(domain::Period::label);
    let prefix = current.as_ref().map_or_else(|| "LIC".to_owned(), |p| p.key_prefix.as_str().to_owned());
    let free = current.as_ref().is_some_and(|p| p.free_development_hosts);
    let hosts = current.as_ref().map(|p| p.development_hosts.clone()).unwrap_or_default();
    let scope = current.as_ref().map(|p| p.slot_scope).unwrap_or_default().as_str();
    let name = current.as_ref().map(|p| p.name.clone()).unwrap_or_default();
    let slug = current.as_ref().map(|p| p.slug.clone()).unwrap_or_default();
    let format = current.as_ref().map(|p| p.key_format).unwrap_or_default().as_str();
    let meters = current.as_ref().map(|p| p.meters.text()).unwrap_or_default();
    let rules = current.as_ref().map(|p| p.machines.clone()).unwrap_or_default();
    let slug_hint =
        if is_new { "Its name in the API. Empty: made from the name." } else { "Its name in the API." };
    view! {
        <Field form name="name" label="Name" value=name required=true/>
        <Field form name="slug" label="Slug" value=slug hint=slug_hint/>
        <fieldset>
            <legend>"What a new license is given"</legend>
            <Field form name="domain_limit" label="Domain limit" kind="number" value=domains
                hint="Empty for unlimited."/>
            <Field form name="machine_limit" label="Machine limit" kind="number" value=machines
                hint="Empty for unlimited."/>
            <Field form name="validity" label="Validity" value=validity.unwrap_or_default()
                hint="Such as 1 year, 6 months or 30 days. Empty for no expiry."/>
            <Select form name="key_format" label="Key pattern" options=key_format_options() value=format
                hint="Some clients of the machine API require the hexadecimal pattern."/>
            <Field form name="key_prefix" label="Key prefix" value=prefix hint="2 to 8 letters or digits; for keys that have one."/>
        </fieldset>
        <Machines form rules/>
        <fieldset>
            <legend>"Meters"</legend>
            <TextArea form name="meters" label="What its licenses meter" value=meters
                hint="One a line: exports = 100, or exports without a limit. “floating” after it gives uses back when a machine is deactivated."/>
        </fieldset>
        <fieldset>
            <legend>"Domains and slots"</legend>
            <Select form name="slot_scope" label="One slot covers" options=slot_scope_options() value=scope
                hint="Holds for all licenses, old and new. A domain that shares a slot verifies without being activated."/>
            <Checkbox form name="free_development_hosts" label="Development hosts take no slot" checked=free
                hint="localhost, *.test, *.local, private addresses, and what is listed below."/>
            <TextArea form name="development_hosts" label="More development hosts" value=hosts
                hint="One a line, such as dev.*, staging-*.example.com or 192.168.*."/>
            <Checkbox form name="hoster_hosts" label="Add the staging hosts of common hosters" checked=false
                hint="Kinsta, WP Engine, Pantheon, Flywheel, Cloudways, GoDaddy, SiteGround, Vercel, Netlify and others. They are added to the list above."/>
        </fieldset>
    }
}

fn slot_scope_options() -> Vec<(String, String)> {
    SlotScope::ALL.iter().map(|scope| (scope.as_str().to_owned(), scope.label().to_owned())).collect()
}

fn key_format_options() -> Vec<(String, String)> {
    KeyFormat::ALL.iter().map(|format| (format.as_str().to_owned(), format.label().to_owned())).collect()
}

#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Machines(form: FormState, rules: MachineRules) -> impl IntoView {
    let seconds = |time: Option<Seconds>| time.map(|time| time.get().to_string()).unwrap_or_default();
    let slots = |limit: Limit| limit.slots().map(|n| n.to_string()).unwrap_or_default();
    let days = rules.trial.map(|trial| trial.days.to_string()).unwrap_or_default();
    let trials = rules.trial.map(|trial| slots(trial.limit)).unwrap_or_default();
    view! {
        <fieldset>
            <legend>"Machines"</legend>
            <input type="hidden" name="machines" value="1"/>
            <p class="field-hint">"For programs that activate on a machine. Changes hold for all licenses from the next sync on."</p>
            <Checkbox form name="allow_vm" label="Virtual machines are allowed" checked=rules.allow_vm/>
            <Checkbox form name="allow_container" label="Containers are allowed" checked=rules.allow_container/>
            <Checkbox form name="user_locked" label="Each user of a machine takes a slot"
                checked=rules.user_locked/>
            <Field form name="lease" label="Lease in seconds" kind="number" value=seconds(rules.lease)
                hint="A machine that has not synced for so long frees its slot. Empty: it keeps the slot."/>
            <Field form name="sync_interval" label="Sync every … seconds" kind="number" value=seconds(rules.sync.interval)
                hint="How often clients report in, such as 3600. Empty: not by themselves."/>
            <Field form name="sync_grace" label="Works without a sync for … seconds" kind="number" value=seconds(rules.sync.grace)
                hint="Empty for no limit."/>
            <Field form name="deactivation_limit" label="Deactivations by the customer" kind="number"
                value=slots(rules.deactivations)
                hint="How often the machines of a license may free their slots. Empty for unlimited. You can always free slots here."/>
            <Field form name="trial_days" label="Trial in days" kind="number" value=days hint="Empty: no trials without a license."/>
            <Field form name="trial_limit" label="Trials on at most … machines" kind="number" value=trials hint="Empty for unlimited."/>
        </fieldset>
    }
}
