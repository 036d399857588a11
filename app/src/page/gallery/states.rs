//! Empty lists, no match, and failures.

use domain::view::DayCount;
use leptos::prelude::*;

use super::texts::LONG;
use crate::UiError;
use crate::component::{Card, DayChart, EmptyState, ErrorState, NoMatchState};
use crate::context;

#[component]
pub fn States() -> impl IntoView {
    let failure = UiError {
        reference: Some("01JD8Q2Z7C9K".to_owned()),
        ..UiError::new(
            "unavailable",
            "The database is not available just now. Nothing was changed; please try again.",
        )
    };
    let today = context::now().day();
    let none = (0..7).map(|n| DayCount { day: today - n, valid: 0, refused: 0 }).collect();
    view! {
        <EmptyState title="No license yet">
            <p>"A license gives a customer the right to use a product on so many domains."</p>
            <a class="button button-primary" href="/gallery">"Issue a license"</a>
        </EmptyState>
        <NoMatchState text="No license matches." all="/gallery"/>
        <ErrorState error=UiError::new("not_found", LONG)/>
        <ErrorState error=failure/>
        <Card title="A chart without counts"><DayChart days=none id="no-numbers"/></Card>
    }
}
