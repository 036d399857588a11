//! A license's standing, told by word and by shape as well as by colour.

use domain::license::Standing;
use leptos::prelude::*;

/// The word with its mark.
#[component]
pub fn StandingMark(standing: Standing) -> impl IntoView {
    // Drawn in a box of 12 by 12: a full disc, two bars, a ring, a cross.
    let shape = match standing {
        Standing::Active => "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1z",
        Standing::Suspended => "M2 1h3v10H2zM7 1h3v10H7z",
        Standing::Expired => "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1zm0 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
        Standing::Revoked => "M2.5 1 6 4.5 9.5 1 11 2.5 7.5 6 11 9.5 9.5 11 6 7.5 2.5 11 1 9.5 4.5 6 1 2.5z",
    };
    let word = match standing {
        Standing::Active => "Active",
        Standing::Suspended => "Suspended",
        Standing::Expired => "Expired",
        Standing::Revoked => "Revoked",
    };
    view! {
        <span class=format!("standing standing-{standing}")>
            <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
                <path d=shape fill-rule="evenodd"/>
            </svg>
            {word}
        </span>
    }
}
