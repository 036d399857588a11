//! Toast: says what was done, and offers to undo it.

use leptos::prelude::*;

/// The form that undoes what was done.
pub struct Undo {
    /// The path of the server function: `ServerFunction::url()`.
    pub to: &'static str,
    /// The hidden fields.
    pub fields: Vec<(&'static str, String)>,
}

/// The message. Screen readers announce it, because its region has the role `status`.
#[component]
pub fn Toast(#[prop(into)] message: String, #[prop(optional_no_strip)] undo: Option<Undo>) -> impl IntoView {
    let undo = undo.map(|Undo { to, fields }| {
        let fields: Vec<_> = fields
            .into_iter()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
            .collect();
        view! {
            <form method="post" action=to>
                {fields}
                <button class="button button-small">"Undo"</button>
            </form>
        }
    });
    view! { <div class="toast"><p>{message}</p> {undo}</div> }
}
