//! The name of the sign-in in forms that ask for a password.

use leptos::prelude::*;

/// A hidden field, by which password managers find the sign-in.
#[component]
pub fn Username(email: String) -> impl IntoView {
    view! { <input type="text" name="username" value=email autocomplete="username" readonly=true hidden=true/> }
}
