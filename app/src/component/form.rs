//! State of a form: submitted values and errors, from the action's result or, without JavaScript, from the
//! flash.

use leptos::html::P;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::current_flash::CurrentFlash;
use crate::{Flash, UiError, context};

/// The state of one form.
#[derive(Clone, Copy)]
pub struct FormState {
    error: Signal<Option<UiError>>,
    /// The number of responses so far.
    answers: Signal<usize>,
    flash: StoredValue<Option<Flash>>,
}

impl FormState {
    /// Returns the state of a form that posts to this action's server function.
    pub fn from_action<S>(action: ServerAction<S>) -> Self
    where
        S: ServerFn<Error = UiError> + Send + Sync + Clone + 'static,
        S::Output: Clone + Send + Sync + 'static,
    {
        let flash = StoredValue::new(CurrentFlash::for_path(S::PATH));
        let value = action.value();
        let error = Signal::derive(move || match value.read().as_ref() {
            Some(Ok(_)) => None,
            Some(Err(error)) => Some(error.clone()),
            None => flash.with_value(|f| f.as_ref().map(|f| f.error.clone())),
        });
        Self { error, answers: action.version().into(), flash }
    }

    /// Returns the state of a form that is always submitted without JavaScript.
    pub fn without_action<S: ServerFn>() -> Self {
        let flash = StoredValue::new(CurrentFlash::for_path(S::PATH));
        let error = Signal::derive(move || flash.with_value(|f| f.as_ref().map(|f| f.error.clone())));
        Self { error, answers: Signal::stored(0), flash }
    }

    /// Returns the initial value of a field: the submitted value of the flash, else `default`.
    pub fn initial(self, name: &str, default: String) -> String {
        self.flash.with_value(|f| f.as_ref().and_then(|f| f.values.get(name).cloned())).unwrap_or(default)
    }

    /// Returns whether the form was rejected before this page load.
    pub fn was_rejected(self) -> bool {
        self.flash.with_value(Option::is_some)
    }

    /// Returns whether the form was rejected because of this field. Sets `autofocus`, which moves the focus
    /// without JavaScript.
    pub fn is_first_invalid(self, name: &'static str) -> bool {
        self.flash.with_value(|f| f.as_ref().is_some_and(|f| f.error.fields.contains_key(name)))
    }

    /// Returns the error of a field.
    pub fn error_for(self, name: &'static str) -> Signal<Option<String>> {
        let error = self.error;
        Signal::derive(move || error.read().as_ref().and_then(|e| e.fields.get(name).cloned()))
    }
}

/// The error message of the form, announced to screen readers.
#[component]
pub fn FormMessage(form: FormState) -> impl IntoView {
    let note = NodeRef::<P>::new();
    // Moves the focus once per response received while this component exists. Another action may render the
    // page again, and without JavaScript `autofocus` has moved the focus already.
    Effect::new(move |before: Option<(usize, bool)>| {
        let answers = form.answers.get();
        let is_due = before.is_some_and(|(seen, is_due)| is_due || answers > seen);
        let is_wrong = form.error.read().is_some();
        match note.get() {
            Some(note) if is_due && is_wrong => {
                context::focus_first_error(&note);
                (answers, false)
            }
            _ => (answers, is_due && is_wrong),
        }
    });
    move || {
        form.error.get().map(|error| {
            let has_faults = !error.fields.is_empty();
            let message = if has_faults {
                "Please correct what is marked.".to_owned()
            } else {
                error.message
            };
            // Opens another tab, so that the typed values are kept.
            let sign_in = (error.code == "signed_out").then(|| {
                view! { " " <a href="/sign-in" target="_blank" rel="external">"Sign in in another tab"</a> ", then send this again." }
            });
            let reference = error.reference.map(|id| view! { " Reference: " <code>{id}</code> });
            // Receives the focus without JavaScript if no field is invalid.
            let first = form.was_rejected() && !has_faults;
            view! {
                <p class="alert alert-danger" role="alert" tabindex="-1" autofocus=first node_ref=note>
                    {message} {sign_in} {reference}
                </p>
            }
        })
    }
}
