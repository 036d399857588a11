//! The bar of bulk changes below the list. Each button leads to a page that asks for the parameters.

use domain::bulk::Verb;
use leptos::prelude::*;

use crate::island::SelectPage;

/// The bar, within the form of the list.
#[component]
pub fn BulkBar() -> impl IntoView {
    let buttons = Verb::ALL.map(|verb| {
        let label = if verb == Verb::Move { "Move" } else { verb.label() };
        view! { <button class="button button-small" name="verb" value=verb.as_str()>{label} "…"</button> }
    });
    view! {
        <div class="bulk-bar" role="group" aria-label="Change the selected licenses">
            <SelectPage name="license".to_owned()/>
            <label><input type="checkbox" name="all" value="on"/> " All that match"</label>
            <span class="bulk-verbs">{buttons}</span>
        </div>
    }
}
