//! The fields of rules, alike for a license and a license template.

use domain::license_rules::{
    ExpiryStart, FingerprintMatching, LeasingStrategy, LicenseKind, RuleOverrides, words_of,
};
use domain::view::RuleTexts;
use leptos::prelude::*;

use crate::component::{Field, FormState, Select, StoredFields, TextArea};

/// Returns the text of a field.
pub fn text_of(texts: &RuleTexts, name: &str) -> String {
    texts.iter().find(|(field, _)| field == name).map(|(_, text)| text.clone()).unwrap_or_default()
}

/// Returns the stored values of the fields that a form has.
pub fn stored_of(texts: &RuleTexts, is_sent: impl Fn(&str) -> bool) -> StoredFields {
    let fields = RuleOverrides::default().texts().into_iter().map(|(field, _)| field);
    fields.filter(|field| is_sent(field)).map(|field| (field, text_of(texts, field))).collect()
}

/// The fields of rules. `of_product` are the product's rules, which a license follows where it has none.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn RuleFields(form: FormState, texts: RuleTexts, of_product: Option<RuleTexts>) -> impl IntoView {
    let is_of_license = of_product.is_some();
    let fields = RuleForm { form, texts, of_product };
    let kind = (!is_of_license).then(|| fields.menu("kind", "Type", kinds()));
    let release = is_of_license.then(|| {
        let value = text_of(&fields.texts, "max_release");
        view! { <Field form name="max_release" label="Newest release" value hint="Apps are offered nothing newer, such as 2.1. Empty: any."/> }
    });
    view! {
        <fieldset>
            <legend>"Machines"</legend>
            {fields.switch("allow_vm", "Virtual machines are allowed")}
            {fields.switch("allow_container", "Containers are allowed")}
            {fields.switch("user_locked", "Each user of a machine takes a slot")}
            {fields.text("deactivations", "Deactivations by apps", "How often apps may free a slot: a number, or “unlimited”.")}
            {fields.menu("fingerprint_matching", "How apps compare fingerprints", matchings())}
        </fieldset>
        <fieldset>
            <legend>"Sync and clock"</legend>
            <p class="field-hint">"Write times as 90 minutes, 2 hours or 7 days; a bare number is seconds."</p>
            {fields.text("sync_interval", "Sync every", "How often apps report in, or “none”.")}
            {fields.text("sync_grace", "Works without a sync for", "A time, or “unlimited”.")}
            {fields.text("clock_offset", "Clock offset", "How wrong a machine’s clock may be, or “any”.")}
        </fieldset>
        <fieldset>
            <legend>"Floating licenses"</legend>
            <p class="field-hint">"For floating licenses alone; others keep the rules without an effect."</p>
            {kind}
            {fields.text("lease", "Lease", "A machine that has not synced for so long frees its slot, or “none”.")}
            {fields.switch("client_lease", "Apps may ask for a shorter lease")}
            {fields.menu("leasing_strategy", "Leasing", strategies())}
            {fields.text("floating_clients", "Clients of the customer’s own server", "A number.")}
        </fieldset>
        <fieldset>
            <legend>"Validity"</legend>
            {fields.text("interval", "Validity", "Such as 1 year or 30 days, or “never” for no end. An expiry that is set stays until the next renewal.")}
            {fields.menu("start", "Validity begins", starts())}
            {fields.text("expiring_soon", "Expires soon", "How long before the expiry the event is sent, or “none”.")}
            {release}
        </fieldset>
        <fieldset>
            <legend>"Addresses"</legend>
            <p class="field-hint">"One address, range or network a line, such as 10.0.0.1-10.0.0.9 or 10.0.0.0/8. Without an allowed one, every address may activate and sync."</p>
            {fields.lines("ip_ranges", "Allowed ranges", "At most 20, or “none”.")}
            {fields.lines("ip_addresses", "Allowed addresses", "At most 256, or “none”.")}
            {fields.lines("denied_addresses", "Refused addresses", "At most 256, or “none”. They win over allowed ones.")}
            {fields.switch("discards_addresses", "Addresses of activations are discarded")}
        </fieldset>
    }
}

/// What the fields show.
struct RuleForm {
    form: FormState,
    texts: RuleTexts,
    of_product: Option<RuleTexts>,
}

impl RuleForm {
    /// Returns the product's rule in words.
    fn of_product(&self, name: &str) -> Option<String> {
        self.of_product.as_ref().map(|texts| words_of(name, &text_of(texts, name)))
    }

    fn hint(&self, name: &str, hint: &str) -> String {
        match self.of_product(name) {
            Some(text) => format!("{hint} Empty: as the product ({text})."),
            None => hint.to_owned(),
        }
    }

    fn switch(&self, name: &'static str, label: &'static str) -> AnyView {
        self.menu(name, label, [("yes", "Yes"), ("no", "No")].map(owned).to_vec())
    }

    /// A menu, in which a license follows its product unless something else is chosen.
    fn menu(&self, name: &'static str, label: &'static str, options: Vec<(String, String)>) -> AnyView {
        let follows = self.of_product(name).map(|text| {
            let known = options.iter().find(|(word, _)| *word == text);
            let text = known.map_or(text.as_str(), |(_, label)| label.as_str());
            (String::new(), format!("As the product ({text})"))
        });
        let options: Vec<_> = follows.into_iter().chain(options).collect();
        let (form, value) = (self.form, text_of(&self.texts, name));
        view! { <Select form name label options value/> }.into_any()
    }

    fn text(&self, name: &'static str, label: &'static str, hint: &str) -> AnyView {
        let (form, value, hint) = (self.form, text_of(&self.texts, name), self.hint(name, hint));
        view! { <Field form name label value hint/> }.into_any()
    }

    fn lines(&self, name: &'static str, label: &'static str, hint: &str) -> AnyView {
        let (form, value, hint) = (self.form, text_of(&self.texts, name), self.hint(name, hint));
        view! { <TextArea form name label value hint rows=2/> }.into_any()
    }
}

fn owned((word, label): (&str, &str)) -> (String, String) {
    (word.to_owned(), label.to_owned())
}

fn kinds() -> Vec<(String, String)> {
    let kind = |kind: &LicenseKind| {
        let label = match kind {
            LicenseKind::NodeLocked => "Node-locked: a machine keeps its slot",
            LicenseKind::HostedFloating => "Floating: a machine keeps its slot for a lease",
            LicenseKind::OnPremiseFloating => "Floating on the customer’s own server",
        };
        owned((kind.as_str(), label))
    };
    LicenseKind::ALL.iter().map(kind).collect()
}

fn starts() -> Vec<(String, String)> {
    ExpiryStart::ALL.into_iter().map(|start| owned((start.as_str(), start.label()))).collect()
}

fn matchings() -> Vec<(String, String)> {
    let matching = |matching: &FingerprintMatching| {
        let label = match matching {
            FingerprintMatching::Exact => "Exact: all parts are the same",
            FingerprintMatching::Fuzzy => "Fuzzy: most parts are the same",
            FingerprintMatching::Loose => "Loose: one part is the same",
        };
        owned((matching.as_str(), label))
    };
    FingerprintMatching::ALL.iter().map(matching).collect()
}

fn strategies() -> Vec<(String, String)> {
    let strategy = |strategy: &LeasingStrategy| {
        let label = match strategy {
            LeasingStrategy::PerMachine => "A machine takes a slot",
            LeasingStrategy::PerInstance => "Each running copy of the app takes a slot",
        };
        owned((strategy.as_str(), label))
    };
    LeasingStrategy::ALL.iter().map(strategy).collect()
}
