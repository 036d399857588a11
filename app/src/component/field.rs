//! Form fields: a label, the control, a hint, and the validation error.

use leptos::prelude::*;

use super::FormState;
use super::escape::escape_html;

/// Returns the id of the hint that `aria-describedby` of a control refers to.
fn hint_id(id: &str) -> String {
    format!("{id}-note")
}

#[component]
fn Note(id: String, hint: Option<String>, fault: Option<String>) -> impl IntoView {
    view! {
        <p class="field-hint" id=hint_id(&id)>
            {match fault {
                Some(fault) => view! { <strong class="field-error">{fault}</strong> }.into_any(),
                None => hint.into_any(),
            }}
        </p>
    }
}

/// A single-line text field.
#[component]
pub fn Field(
    form: FormState,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(into, optional)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] required: bool,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional, into)] id: Option<String>,
    /// The id of a `<datalist>` with suggestions.
    #[prop(optional)]
    list: Option<&'static str>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.to_owned());
    let fault = form.error_for(name);
    // A password is never sent back to the page.
    let value = if kind == "password" { String::new() } else { form.initial(name, value) };
    let inputmode = (kind == "number").then_some("numeric");
    // Numbers use a text field, because `type=number` hides input that it cannot parse.
    let kind = if kind == "number" { "text" } else { kind };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id.clone()
                name=name
                type=kind
                value=value
                required=required
                autocomplete=autocomplete
                placeholder=placeholder
                inputmode=inputmode
                list=list
                autofocus=form.is_first_invalid(name)
                aria-describedby=hint_id(&id)
                aria-invalid=fault.is_some().then_some("true")
            />
            <Note id hint fault/>
        </div>
    }
}

/// A multi-line text field. The only component that renders a `<textarea>`, because Leptos does not escape
/// its content on the server.
#[component]
pub fn TextArea(
    form: FormState,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(into, optional)] value: String,
    #[prop(optional, into)] hint: Option<String>,
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
                aria-invalid=fault.is_some().then_some("true")
            >
                {escape_html(&value)}
            </textarea>
            <Note id=id.to_owned() hint fault/>
        </div>
    }
}

/// A drop-down list.
#[component]
pub fn Select(
    form: FormState,
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    #[prop(into, optional)] value: String,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional, into)] id: Option<String>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.to_owned());
    let fault = form.error_for(name);
    let chosen = form.initial(name, value);
    let options: Vec<_> = options
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select
                id=id.clone()
                name=name
                autofocus=form.is_first_invalid(name)
                aria-describedby=hint_id(&id)
                aria-invalid=fault.is_some().then_some("true")
            >
                {options}
            </select>
            <Note id hint=hint.map(ToOwned::to_owned) fault/>
        </div>
    }
}

/// A checkbox.
#[component]
pub fn Checkbox(
    form: FormState,
    name: &'static str,
    label: &'static str,
    #[prop(optional)] checked: bool,
    #[prop(optional)] hint: Option<&'static str>,
) -> impl IntoView {
    // Browsers do not submit an unchecked checkbox, so a missing value means unchecked.
    let checked = if form.was_rejected() { form.initial(name, String::new()) == "on" } else { checked };
    let fault = form.error_for(name);
    view! {
        <div class="field field-checkbox">
            <input
                id=name
                name=name
                type="checkbox"
                checked=checked
                autofocus=form.is_first_invalid(name)
                aria-describedby=hint_id(name)
                aria-invalid=fault.is_some().then_some("true")
            />
            <label for=name>{label}</label>
            <Note id=name.to_owned() hint=hint.map(ToOwned::to_owned) fault/>
        </div>
    }
}
