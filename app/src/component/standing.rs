//! Badge of a license's standing. Word and shape distinguish the standings, not color alone.

use domain::license::Standing;
use leptos::prelude::*;

/// The badge. The style sheet draws the mark, because a page shows 50 badges.
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
