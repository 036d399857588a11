//! The document's title. The only place in which `<Title>` is given a text:
//! `leptos_meta` does not escape it on the server, so it is done here.

use leptos::prelude::*;
use leptos_meta::Title;

use super::escape::escape_html;

/// Names the page in the browser's tab.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn PageTitle(#[prop(into)] text: String) -> impl IntoView {
    view! { <Title text=escape_html(&text)/> }
}
