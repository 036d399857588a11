//! Form fields: a label, the control, a hint, and what is wrong with it.

use leptos::prelude::*;

use super::FormState;
use super::escape::escape_html;

/// The id under which a control is described.
fn hint_id(id: &str) -> String {
    format!("{id}-note")
}

#[component]
fn Note(id: String, hint: Option<&'static str>, fault: Signal<Option<String>>) -> impl IntoView {
    view! {
        <p class="field-hint" id=hint_id(&id)>
            {move || match fault.get() {
                Some(fault) => view! { <strong class="field-error">{fault}</strong> }.into_any(),
                None => hint.into_any(),
            }}
        </p>
    }
}

/// A text field of one line.
#[component]
pub fn Field(
    form: FormState,
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(into, optional)] value: String,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] required: bool,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional)] id: Option<&'static str>,
) -> impl IntoView {
    let id = id.unwrap_or(name);
    let fault = form.error_for(name);
    // A password is never sent back to the page.
    let value = if kind == "password" { String::new() } else { form.initial(name, value) };
    let inputmode = (kind == "number").then_some("numeric");
    // Numbers are typed as text: a number field hides what it can't read.
    let kind = if kind == "number" { "text" } else { kind };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=name
                type=kind
                value=value
                required=required
                autocomplete=autocomplete
                placeholder=placeholder
                inputmode=inputmode
                autofocus=form.is_first_invalid(name)
                aria-describedby=hint_id(id)
                aria-invalid=move || fault.get().is_some().then_some("true")
            />
            <Note id=id.to_owned() hint fault/>
        </div>
    }
}

/// A text of several lines. The only place in which a `<textarea>` is written:
/// Leptos does not escape its content on the server, so it is done here.
#[component]
pub fn TextArea(
    form: FormState,
    name: &'static str,
    label: &'static str,
    #[prop(into, optional)] value: String,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = 3)] rows: u32,
    #[prop(optional)] id: Option<&'static str>,
) -> impl IntoView {
    let id = id.unwrap_or(name);
    let fault = form.error_for(name);
    let value = form.initial(name, value);
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <textarea
                id=id
                name=name
                rows=rows
                autofocus=form.is_first_invalid(name)
                aria-describedby=hint_id(id)
                aria-invalid=move || fault.get().is_some().then_some("true")
            >
                {escape_html(&value)}
            </textarea>
            <Note id=id.to_owned() hint fault/>
        </div>
    }
}

/// A choice from a menu.
#[component]
pub fn Select(
    form: FormState,
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    #[prop(into, optional)] value: String,
    #[prop(optional)] hint: Option<&'static str>,
) -> impl IntoView {
    let fault = form.error_for(name);
    let chosen = form.initial(name, value);
    let options: Vec<_> = options
        .into_iter()
        .map(|(value, says)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{says}</option> }
        })
        .collect();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select
                id=name
                name=name
                autofocus=form.is_first_invalid(name)
                aria-describedby=hint_id(name)
                aria-invalid=move || fault.get().is_some().then_some("true")
            >
                {options}
            </select>
            <Note id=name.to_owned() hint fault/>
        </div>
    }
}

/// A box to tick.
#[component]
pub fn Checkbox(
    form: FormState,
    name: &'static str,
    label: &'static str,
    #[prop(optional)] checked: bool,
    #[prop(optional)] hint: Option<&'static str>,
) -> impl IntoView {
    // A box that came back unticked was not sent at all.
    let checked = if form.was_rejected() { form.initial(name, String::new()) == "on" } else { checked };
    view! {
        <div class="field field-checkbox">
            <input id=name name=name type="checkbox" checked=checked aria-describedby=hint_id(name)/>
            <label for=name>{label}</label>
            <p class="field-hint" id=hint_id(name)>{hint}</p>
        </div>
    }
}
