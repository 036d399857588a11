//! Document title. The only component that passes a text to `<Title>`, because `leptos_meta` does not escape
//! it on the server.

use leptos::prelude::*;
use leptos_meta::Title;

use super::escape::escape_html;

/// Sets the document's title.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn PageTitle(#[prop(into)] text: String) -> impl IntoView {
    view! { <Title text=escape_html(&text)/> }
}
