//! Tabs "Domains", "Machines", "Meters" and "Customers": rules that apply to all licenses of a product.

use domain::view::ProductView;
use domain::{CustomerOffline, CustomerRelease, SlotScope};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::stored::{self, value_of};
use super::tab_form::TabForm;
use crate::component::{Checkbox, Field, FormState, Select, TextArea};
use crate::server_fn::product::{ChangeCustomers, ChangeDomains, ChangeMachines, ChangeMeters};

/// The tab "Domains".
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Domains(product: ProductView, may_change: bool) -> impl IntoView {
    let stored = stored::domains(&product);
    let form = FormState::of::<ChangeDomains>().with_stored(&stored);
    let value = |name| value_of(&stored, name);
    let scopes =
        SlotScope::ALL.iter().map(|scope| (scope.as_str().to_owned(), scope.label().to_owned())).collect();
    let fields = view! {
        <p class="field-hint">"Applies at once to all licenses. Their used slots are counted anew; active domains stay, even above a limit."</p>
        <Select form name="slot_scope" label="One slot covers" options=scopes value=value("slot_scope")
            hint="A domain that shares a slot verifies without being activated. If a slot covers less, apps must activate the others."/>
        <fieldset>
            <legend>"Development hosts"</legend>
            <Checkbox form name="free_development_hosts" label="Development hosts take no slot"
                checked=product.free_development_hosts
                hint="localhost, *.test, *.local, private addresses, and what is listed below."/>
            <TextArea form name="development_hosts" label="More development hosts" value=value("development_hosts")
                hint="One a line, such as dev.*, staging-*.example.com or 192.168.*."/>
            <Checkbox form name="hoster_hosts" label="Add the staging hosts of common hosters" checked=false
                hint="Kinsta, WP Engine, Pantheon, Flywheel, Cloudways, GoDaddy, SiteGround, Vercel, Netlify and others. They are added to the list above."/>
        </fieldset>
    };
    view! {
        <section class="card">
            <h2>"Domains and development hosts"</h2>
            <TabForm to=ChangeDomains::url() id=product.id form stored=stored.clone() may_change>{fields}</TabForm>
        </section>
    }
}

/// The tab "Machines".
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Machines(product: ProductView, may_change: bool) -> impl IntoView {
    let stored = stored::machines(&product);
    let form = FormState::of::<ChangeMachines>().with_stored(&stored);
    let value = |name| value_of(&stored, name);
    let rules = product.machines.clone();
    let fields = view! {
        <fieldset>
            <legend>"Admission"</legend>
            <p class="field-hint">"Applies to all licenses: each machine is checked at its next activation or sync. What you change here applies to trials too."</p>
            <Checkbox form name="allow_vm" label="Virtual machines are allowed" checked=rules.allow_vm/>
            <Checkbox form name="allow_container" label="Containers are allowed" checked=rules.allow_container/>
            <Checkbox form name="user_locked" label="Each user of a machine takes a slot"
                checked=rules.user_locked/>
        </fieldset>
        <fieldset>
            <legend>"Sync and lease"</legend>
            <p class="field-hint">
                "Applies to all licenses from the next sync of each machine. Write durations as 90 minutes, 2 hours or 7 days; a bare number is seconds."
            </p>
            <Field form name="lease" label="Lease" value=value("lease")
                hint="A machine that has not synced for so long frees its slot. Empty: it keeps the slot."/>
            <Field form name="sync_interval" label="Sync every" value=value("sync_interval")
                hint="How often clients report in, such as 1 hour. Empty: not by themselves."/>
            <Field form name="sync_grace" label="Works without a sync for" value=value("sync_grace")
                hint="Such as 7 days. Empty for no limit."/>
        </fieldset>
        <fieldset>
            <legend>"Moving to another machine"</legend>
            <Field form name="deactivation_limit" label="Deactivations by the customer" kind="number"
                value=value("deactivation_limit")
                hint="How often the machines of a license may free their slots. Empty for unlimited. Applies at once to all licenses. You can always free slots here."/>
        </fieldset>
        <fieldset>
            <legend>"Trials"</legend>
            <Field form name="trial_days" label="A trial lasts" value=value("trial_days")
                hint="Such as 14 days, 2 weeks or 36 hours. Empty: no trials without a license. Trials that run keep their end."/>
            <Field form name="trial_limit" label="Trials on at most … machines" kind="number"
                value=value("trial_limit") hint="Empty for unlimited. Applies at once."/>
        </fieldset>
    };
    view! {
        <section class="card">
            <h2>"Machines"</h2>
            <p class="muted">"For programs that activate on a machine."</p>
            <TabForm to=ChangeMachines::url() id=product.id form stored=stored.clone() may_change>{fields}</TabForm>
        </section>
    }
}

/// The tab "Meters".
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Meters(product: ProductView, may_change: bool) -> impl IntoView {
    let stored = stored::meters(&product);
    let form = FormState::of::<ChangeMeters>().with_stored(&stored);
    let fields = view! {
        <TextArea form name="meters" label="What its licenses meter" value=value_of(&stored, "meters")
            hint="One a line: exports = 100, or exports without a limit. “floating” after it gives uses back when a machine is deactivated. Applies at once to all licenses; counted uses stay."/>
    };
    view! {
        <section class="card">
            <h2>"Meters"</h2>
            <p class="muted">"A meter counts uses, such as exports, for all machines of a license together."</p>
            <TabForm to=ChangeMeters::url() id=product.id form stored=stored.clone() may_change>{fields}</TabForm>
        </section>
    }
}

/// The tab "Customers".
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Customers(product: ProductView, may_change: bool) -> impl IntoView {
    let stored = stored::customers(&product);
    let form = FormState::of::<ChangeCustomers>().with_stored(&stored);
    let rules = CustomerRelease::offered(product.customer_release);
    let options = rules.into_iter().map(|rule| (rule.word(), rule.label())).collect();
    let validities = CustomerOffline::offered(product.customer_offline);
    let validities = validities.into_iter().map(|rule| (rule.word(), rule.label())).collect();
    let fields = view! {
        <Select form name="customer_release" label="Customers free or move a domain or a machine"
            options=options value=value_of(&stored, "customer_release")
            hint="For each license. Applies at once to all licenses. You can always free slots. The limit of deactivations by machines is another one."/>
        <Select form name="customer_offline" label="Customers activate machines without a network"
            options=validities value=value_of(&stored, "customer_offline")
            hint="The app stops at the end of this time, unless the customer loads another response. The machine keeps its slot; the customer can free it only after the end. You can free it at any time."/>
    };
    view! {
        <section class="card">
            <h2>"Customers’ page"</h2>
            <p class="muted">
                "Customers see their licenses on a page of yours, by their key or by a link that they get by mail. "
                "The first rule says whether they may free there, too. With it, the license key also shows the lists of domains and machines."
            </p>
            <TabForm to=ChangeCustomers::url() id=product.id form stored=stored.clone() may_change>{fields}</TabForm>
        </section>
    }
}
