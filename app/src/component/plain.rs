//! Forms that the browser always sends by itself: what they change concerns the
//! whole page.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::server_fn::session::SetTheme;

/// A form that posts to a server function without JavaScript.
#[component]
pub fn Plain<S: ServerFn>(
    /// Names the server function.
    #[prop(optional)]
    _to: std::marker::PhantomData<S>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! { <form method="post" action=S::url() class=class>{children()}</form> }
}

/// Light, dark, or the system's setting.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let option = |value: &'static str, says: &'static str| {
        view! { <button name="theme" value=value class="theme-option">{says}</button> }
    };
    view! {
        <form method="post" action=SetTheme::url() class="theme-switch">
            <fieldset>
                <legend>"Theme"</legend>
                {option("", "System")}
                {option("light", "Light")}
                {option("dark", "Dark")}
            </fieldset>
        </form>
    }
}
