//! Theme switch. The browser always submits this form natively, because the theme applies to the whole
//! document.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::PostForm;
use crate::server_fn::session::SetTheme;

/// Light, dark, or the system's setting.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let option = |value: &'static str, label: &'static str| {
        view! { <button name="theme" value=value class="theme-option">{label}</button> }
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
