//! A public page whose link is the permission, if its data could not be loaded.

use leptos::prelude::*;

use crate::UiError;

/// The message. `children` help with a link that is not valid.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn LinkError(error: UiError, children: Children) -> impl IntoView {
    if error.code == "not_found" {
        return view! {
            <h1>"This link is not valid"</h1>
            {children()}
        }
        .into_any();
    }
    view! {
        <h1>"This did not work"</h1>
        <p role="alert">{error.message}</p>
    }
    .into_any()
}
