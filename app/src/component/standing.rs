//! A license's standing, told by word and by shape as well as by colour.

use domain::license::Standing;
use leptos::prelude::*;

/// The word with its mark, which the style draws: 50 of them are on a page.
#[component]
pub fn StandingBadge(standing: Standing) -> impl IntoView {
    let word = match standing {
        Standing::Active => "Active",
        Standing::Suspended => "Suspended",
        Standing::Expired => "Expired",
        Standing::Revoked => "Revoked",
    };
    view! { <span class=format!("standing {standing}")>{word}</span> }
}
