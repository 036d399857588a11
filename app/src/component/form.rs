//! Forms: plain forms that work without JavaScript, and their state after a submission.

use domain::Timestamp;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::time::RelativeTime;
use crate::current_flash::CurrentFlash;
use crate::form::SHOWN_MARK;
use crate::{Flash, UiError, context};

/// The stored values of a form's fields: name and text. A checkbox is `on` or empty.
pub type StoredFields = Vec<(&'static str, String)>;

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

    /// Returns the state for a form that submits its stored values too ([`StoredValues`]). A field that the
    /// user did not touch shows its stored value, which another member may have changed. A field that was
    /// refused because it changed meanwhile replaces the stored value if the form is submitted again.
    pub fn with_stored(self, stored: &StoredFields) -> Self {
        let flash = self.0.with_value(Clone::clone).map(|mut flash| {
            rebase(&mut flash, stored);
            flash
        });
        Self(StoredValue::new(flash))
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

    /// Returns whether the form succeeded before this page load with another value of this field than the page
    /// had shown ([`StoredValues`]).
    pub fn has_changed(self, name: &str) -> bool {
        self.0.with_value(|flash| flash.as_ref().is_some_and(|flash| has_changed(flash, name)))
    }

    /// Returns whether the form was refused because of this field. Sets `autofocus`, which moves the focus
    /// without JavaScript.
    pub fn is_first_invalid(self, name: &'static str) -> bool {
        self.error_for(name).is_some()
    }

    /// Returns whether the form was refused because another member had saved other values.
    pub fn has_conflict(self) -> bool {
        self.error().is_some_and(|error| error.code == "changed")
    }

    /// Returns the error of a field.
    pub fn error_for(self, name: &'static str) -> Option<String> {
        self.error().and_then(|error| error.fields.get(name).cloned())
    }

    /// Returns the error of the form.
    pub fn error(self) -> Option<UiError> {
        self.0.with_value(|flash| flash.as_ref().and_then(|flash| flash.error.clone()))
    }
}

/// Brings the submitted values of a refused form up to date with the stored ones.
fn rebase(flash: &mut Flash, stored: &StoredFields) {
    let Some(error) = &flash.error else { return };
    // The values did not fit into the cookie.
    let is_empty = flash.values.is_empty();
    for (name, value) in stored {
        let was_name = format!("{name}_was");
        let typed = flash.values.get(*name).cloned().unwrap_or_default();
        let was = flash.values.get(&was_name).and_then(|was| was.strip_prefix(SHOWN_MARK));
        let is_untouched = is_empty || was.is_some_and(|was| is_same_text(was, &typed));
        if is_untouched {
            flash.values.insert((*name).to_owned(), value.clone());
        }
        if is_untouched || (error.code == "changed" && error.fields.contains_key(*name)) {
            flash.values.insert(was_name, format!("{SHOWN_MARK}{value}"));
        }
    }
}

fn has_changed(flash: &Flash, name: &str) -> bool {
    let typed = flash.values.get(name).map(String::as_str).unwrap_or_default();
    let was = flash.values.get(&format!("{name}_was")).and_then(|was| was.strip_prefix(SHOWN_MARK));
    flash.error.is_none() && was.is_some_and(|was| !is_same_text(was, typed))
}

/// Compares texts of fields. Browsers submit line breaks as CR LF.
fn is_same_text(a: &str, b: &str) -> bool {
    a.trim().lines().eq(b.trim().lines())
}

/// The stored values of a form's fields, as hidden fields beside them, so that the form changes only what the
/// user changed.
#[component]
pub fn StoredValues(form: FormState, stored: StoredFields) -> impl IntoView {
    stored
        .into_iter()
        .map(|(name, value)| {
            let name = format!("{name}_was");
            let value = form.initial(&name, format!("{SHOWN_MARK}{value}"));
            view! { <input type="hidden" name=name value=value/> }
        })
        .collect::<Vec<_>>()
}

/// The error message of the form, announced to screen readers.
#[component]
pub fn FormMessage(form: FormState) -> impl IntoView {
    form.error().map(|error| {
        let is_conflict = error.code == "changed";
        let has_faults = error.fields.keys().any(|name| !CHANGE_FIELDS.contains(&name.as_str()));
        let message = match (has_faults, is_conflict) {
            (true, true) => "Another member changed what is marked. Nothing was saved.".to_owned(),
            (true, false) => "Please correct what is marked.".to_owned(),
            (false, _) => error.message.clone(),
        };
        let change = is_conflict.then(|| view! { <OtherChange error=error.clone()/> });
        let reference = error.reference.map(|id| view! { " Reference: " <code>{id}</code> });
        view! {
            <p class="alert alert-danger" role="alert" tabindex="-1" autofocus=!has_faults>
                {message} {change} {reference}
            </p>
        }
    })
}

/// The note beside the button of a form that was saved.
#[component]
pub fn Saved(form: FormState) -> impl IntoView {
    form.has_succeeded().then(|| view! { <p class="alert alert-success" role="status">"Saved."</p> })
}

/// The fields of a conflict that are none of the form.
const CHANGE_FIELDS: [&str; 2] = [context::CHANGED_BY_FIELD, context::CHANGED_AT_FIELD];

/// Who changed the object and when, if it is known, and the way to the other version.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn OtherChange(error: UiError) -> impl IntoView {
    let at = error.fields.get(context::CHANGED_AT_FIELD).and_then(|millis| millis.parse::<i64>().ok());
    let at = at.map(|millis| view! { " " <RelativeTime at=Timestamp::from_millis(millis)/> });
    let by = error.fields.get(context::CHANGED_BY_FIELD).cloned();
    let by = by.map(|by| view! { " The other change is by " <bdi>{by}</bdi> {at} "." });
    view! {
        {by} " Save again to replace it, or " <a href=context::page_path()>"take the other version"</a> "."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flash(code: &str, fields: &[&str], values: &[(&str, &str)]) -> Flash {
        let fields = fields.iter().map(|name| ((*name).to_owned(), "message".to_owned())).collect();
        let error = UiError { fields, ..UiError::new(code, "message") };
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Flash { path: String::new(), error: Some(error), values }
    }

    fn rebased(mut flash: Flash, stored: &str) -> (Option<String>, Option<String>) {
        rebase(&mut flash, &vec![("a", stored.to_owned())]);
        (flash.values.get("a").cloned(), flash.values.get("a_was").cloned())
    }

    fn some(value: &str, was: &str) -> (Option<String>, Option<String>) {
        (Some(value.to_owned()), Some(was.to_owned()))
    }

    #[test]
    fn untouched_field_shows_the_stored_value() {
        let values = [("a", "x\r\ny"), ("a_was", "=x\ny")];
        assert_eq!(rebased(flash("invalid", &["b"], &values), "new"), some("new", "=new"));
        assert_eq!(
            rebased(flash("changed", &["b"], &[("a_was", "=")]), "on"),
            some("on", "=on"),
            "a checkbox"
        );
    }

    #[test]
    fn conflict_is_replaced_by_the_next_submission() {
        let values = [("a", "mine"), ("a_was", "=old")];
        assert_eq!(rebased(flash("changed", &["a"], &values), "theirs"), some("mine", "=theirs"));
        assert_eq!(rebased(flash("invalid", &["a"], &values), "theirs"), some("mine", "=old"));
        assert_eq!(rebased(flash("changed", &["b"], &values), "theirs"), some("mine", "=old"));
    }

    #[test]
    fn saved_form_names_the_fields_that_it_changed() {
        let refused = |values: &[(&str, &str)]| flash("invalid", &["b"], values);
        let saved = |values: &[(&str, &str)]| Flash { error: None, ..refused(values) };
        let raised = [("a", "7"), ("a_was", "=1")];
        assert!(has_changed(&saved(&raised), "a"));
        assert!(!has_changed(&refused(&raised), "a"), "nothing was saved");
        assert!(has_changed(&saved(&[("a_was", "=1")]), "a"), "it was emptied");
        for unchanged in
            [[("a", " 1"), ("a_was", "=1")], [("a", ""), ("a_was", "=")], [("a", "1"), ("b", "2")]]
        {
            assert!(!has_changed(&saved(&unchanged), "a"), "{unchanged:?}");
        }
    }

    #[test]
    fn values_that_did_not_fit_are_the_stored_ones() {
        assert_eq!(rebased(flash("invalid", &["a"], &[]), "on"), some("on", "=on"));
    }
}
