//! Dialog: asks before an act that cannot be undone.

use leptos::prelude::*;

/// A button, and the dialog that it opens. The dialog holds a form and says what will happen.
///
/// Browsers open it as a popover, without JavaScript, and Escape closes it. The pages' script opens it as a
/// modal dialog, which also keeps the focus. A dialog that `is_open` from the start is a part of the page.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Dialog(
    /// The id, unique within the page.
    #[prop(into)]
    id: String,
    /// The text of the button, such as "Revoke…".
    #[prop(into)]
    label: String,
    /// The question, such as "Revoke this license?".
    #[prop(into)]
    title: String,
    #[prop(default = "button button-danger-outline")] class: &'static str,
    /// The accessible name of the button, if its text is not enough.
    #[prop(optional, into)]
    button_label: Option<String>,
    /// Whether the dialog is open, because the server refused its form.
    #[prop(optional)]
    is_open: bool,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    view! {
        <button type="button" class=class aria-label=button_label aria-haspopup="dialog"
            popovertarget=id.clone()>
            {label}
        </button>
        <dialog class="dialog" id=id.clone() popover="auto" open=is_open aria-labelledby=title_id.clone()>
            <div class="dialog-header">
                <h2 id=title_id.clone()>{title}</h2>
                <button type="button" class="button button-small" popovertarget=id.clone()
                    popovertargetaction="hide">
                    "Cancel"
                </button>
            </div>
            {children()}
        </dialog>
    }
}
