//! The search for what a menu of a form leaves out.

use leptos::prelude::*;

/// The note that a menu has not everything, and a search by name. Nothing for a menu that has everything. A query
/// parameter of the page at `path` holds the search.
#[component]
pub fn MenuSearch(
    path: String,
    /// The query parameter, which is also the id of the field.
    name: &'static str,
    label: &'static str,
    search: String,
    has_more: bool,
) -> impl IntoView {
    (has_more || !search.is_empty()).then(|| {
        let note = match (has_more, search.is_empty()) {
            (true, true) => "The menu has the first by name. Search for the others.",
            (true, false) => "The menu has the first that match. Search for more of the name.",
            (false, _) => "The menu has those that match.",
        };
        let all =
            (!search.is_empty()).then(|| view! { <a class="button" href=path.clone()>"End the search"</a> });
        view! {
            <form method="get" action=path class="filters" role="search" aria-label=label autocomplete="off">
                <div class="field field-grow">
                    <label for=name>{label}</label>
                    <input id=name type="search" name=name value=search maxlength="120"
                        placeholder="Start of a word of the name" aria-describedby=format!("{name}-note")/>
                    <p class="field-hint" id=format!("{name}-note")>{note}</p>
                </div>
                <button class="button">"Search"</button>
                {all}
            </form>
        }
    })
}
