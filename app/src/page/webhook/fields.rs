//! The fields of a webhook, for the form that makes one and the form that changes one.

use domain::webhook::{ObjectKind, SignatureScheme, WebhookEvent};
use leptos::prelude::*;

use crate::component::{Checkbox, Field, FormState, Select};

/// The stored values of the fields.
#[derive(Clone)]
pub struct FieldValues {
    pub name: String,
    pub url: String,
    pub scheme: SignatureScheme,
    pub is_enabled: bool,
    pub events: Vec<String>,
}

impl Default for FieldValues {
    fn default() -> Self {
        Self {
            name: String::new(),
            url: String::new(),
            scheme: SignatureScheme::default(),
            is_enabled: true,
            events: Vec::new(),
        }
    }
}

/// The fields.
#[component]
pub fn WebhookFields(form: FormState, values: FieldValues) -> impl IntoView {
    let FieldValues { name, url, scheme, is_enabled, events } = values;
    let schemes = SignatureScheme::ALL.map(|scheme| (scheme.as_str().to_owned(), scheme.label().to_owned()));
    view! {
        <Field form name="name" label="Name" value=name placeholder="shop"/>
        <Field form name="url" label="Address" kind="url" value=url
            hint="It begins with https://. Redirects are not followed."/>
        <Select form name="scheme" label="Signature" options=schemes.to_vec() value=scheme.as_str()
            hint="Headers of the library svix are sent with both."/>
        <Checkbox form name="enabled" label="Send events" checked=is_enabled/>
        <Events form events/>
    }
}

/// The events by the kind of their object. A group is open if something in it is chosen.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Events(form: FormState, events: Vec<String>) -> impl IntoView {
    let fault = form.error_for("events").map(|fault| {
        view! { <p class="field-hint"><strong class="field-error">{fault}</strong></p> }
    });
    let groups: Vec<_> = ObjectKind::ALL.into_iter().map(|kind| group(form, kind, &events)).collect();
    let all = events.iter().any(|event| event == "*");
    view! {
        <fieldset>
            <legend>"Events"</legend>
            {fault}
            <Checkbox form name="*" label="All, and those of later versions" checked=all
                hint="Without activation.updated, which is sent at each sync of a machine."/>
            {groups}
        </fieldset>
    }
}

fn group(form: FormState, kind: ObjectKind, events: &[String]) -> impl IntoView + use<> {
    let is_chosen = |name: &str| events.iter().any(|event| event == name);
    let of_kind = || WebhookEvent::ALL.iter().copied().filter(|event| event.object_kind() == kind);
    let names = || of_kind().map(WebhookEvent::as_str).chain([kind.pattern()]);
    let is_open = names().any(|name| is_chosen(name) || form.initial(name, String::new()) == "on");
    let boxes: Vec<_> = of_kind()
        .map(|event| {
            let name = event.as_str();
            view! { <Checkbox form name label=name checked=is_chosen(name)/> }
        })
        .collect();
    let pattern = kind.pattern();
    view! {
        <details open=is_open>
            <summary>{kind.label()}</summary>
            <Checkbox form name=pattern label=pattern checked=is_chosen(pattern)/>
            {boxes}
        </details>
    }
}
