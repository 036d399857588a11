//! Forms: plain forms that work without JavaScript, and their state after a submission.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::current_flash::CurrentFlash;
use crate::{Flash, UiError};

/// A form that posts to the path of a server function.
#[component]
pub fn PostForm(
    /// The path: `ServerFunction::url()`.
    to: &'static str,
    #[prop(default = "stack form")] class: &'static str,
    /// Whether the server alone validates the fields.
    #[prop(optional)]
    novalidate: bool,
    #[prop(optional)] role: Option<&'static str>,
    #[prop(optional)] autocomplete: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=to class=class novalidate=novalidate role=role autocomplete=autocomplete>
            {children()}
        </form>
    }
}

/// The state of one form after its last submission.
#[derive(Clone, Copy)]
pub struct FormState(StoredValue<Option<Flash>>);

impl FormState {
    /// Returns the state of the form that posts to this server function.
    pub fn of<S: ServerFn>() -> Self {
        Self::new(CurrentFlash::for_path(S::PATH))
    }

    /// Creates the state of a form from its flash, if it was sent.
    pub fn new(flash: Option<Flash>) -> Self {
        Self(StoredValue::new(flash))
    }

    /// Returns the state of a form that was not submitted, for one of several equal forms of a page.
    pub fn unsubmitted() -> Self {
        Self(StoredValue::new(None))
    }

    /// Returns the initial value of a field: the submitted value of a refused form, else `default`.
    pub fn initial(self, name: &str, default: String) -> String {
        let refused =
            |flash: &Flash| flash.error.is_some().then(|| flash.values.get(name).cloned()).flatten();
        self.0.with_value(|flash| flash.as_ref().and_then(refused)).unwrap_or(default)
    }

    /// Returns whether the form was refused before this page load.
    pub fn was_rejected(self) -> bool {
        self.error().is_some()
    }

    /// Returns whether the form succeeded before this page load.
    pub fn has_succeeded(self) -> bool {
        self.0.with_value(|flash| flash.as_ref().is_some_and(|flash| flash.error.is_none()))
    }

    /// Returns whether the form was refused because of this field. Sets `autofocus`, which moves the focus
    /// without JavaScript.
    pub fn is_first_invalid(self, name: &'static str) -> bool {
        self.error_for(name).is_some()
    }

    /// Returns the error of a field.
    pub fn error_for(self, name: &'static str) -> Option<String> {
        self.error().and_then(|error| error.fields.get(name).cloned())
    }

    fn error(self) -> Option<UiError> {
        self.0.with_value(|flash| flash.as_ref().and_then(|flash| flash.error.clone()))
    }
}

/// The error message of the form, announced to screen readers.
#[component]
pub fn FormMessage(form: FormState) -> impl IntoView {
    form.error().map(|error| {
        let has_faults = !error.fields.is_empty();
        let message = if has_faults { "Please correct what is marked.".to_owned() } else { error.message };
        let reference = error.reference.map(|id| view! { " Reference: " <code>{id}</code> });
        view! {
            <p class="alert alert-danger" role="alert" tabindex="-1" autofocus=!has_faults>
                {message} {reference}
            </p>
        }
    })
}
