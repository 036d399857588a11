//! Messages of the forms of the customer's page, in the customer's language.

use leptos::prelude::*;

use crate::component::FormState;
use crate::{UiError, context};

/// Returns the message of an error in the customer's language. Use cases have it already; errors from before or
/// after them, such as of an incomplete form, are English.
fn message(error: &UiError) -> String {
    match error.code.as_str() {
        "invalid" if error.fields.is_empty() => context::texts().text("error-form"),
        "too_large" => context::texts().text("error-too-large"),
        "internal" | "unavailable" | "network" => context::texts().text("error-unavailable"),
        _ => error.message.clone(),
    }
}

/// The error of a form, announced to screen readers.
#[component]
pub fn Failure(form: FormState) -> impl IntoView {
    form.error().map(|error| {
        let has_faults = !error.fields.is_empty();
        let message = message(&error);
        let reference = error.reference.map(|id| {
            let text = context::texts().format("error-reference", &[("id", id.as_str().into())]);
            view! { " " <span>{text}</span> }
        });
        view! {
            <p class="alert alert-danger" role="alert" tabindex="-1" autofocus=!has_faults>
                {message} {reference}
            </p>
        }
    })
}

/// A page that could not be loaded.
#[component]
pub fn NotLoaded(error: UiError) -> impl IntoView {
    let title = context::texts().text("failed-title");
    view! {
        <section class="empty-state" role="alert">
            <h1>{title}</h1>
            <p>{message(&error)}</p>
            {error.reference.map(|id| view! { <p class="muted"><code>{id}</code></p> })}
        </section>
    }
}
