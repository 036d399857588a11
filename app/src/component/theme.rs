//! Theme switch. The browser always submits this form natively, because the theme applies to the whole
//! document.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::PostForm;
use crate::context;
use crate::server_fn::session::SetTheme;

/// Light, dark, or the system's setting.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let current = context::theme().unwrap_or_default();
    let option = move |value: &'static str, label: &'static str| {
        let pressed = if value == current { "true" } else { "false" };
        view! { <button name="theme" value=value class="theme-option" aria-pressed=pressed>{label}</button> }
    };
    view! {
        <PostForm to=SetTheme::url() class="theme-switch">
            <fieldset>
                <legend>"Theme"</legend>
                {option("", "System")}
                {option("light", "Light")}
                {option("dark", "Dark")}
            </fieldset>
        </PostForm>
    }
}
