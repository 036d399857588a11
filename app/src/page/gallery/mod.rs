//! Gallery of all components in all states, for developers. A release build does not show it.

mod actions;
mod charts;
mod controls;
mod mails;
mod states;
mod status;
mod texts;

use leptos::prelude::*;

use crate::UiError;
use crate::component::{ErrorState, PageTitle};
use crate::context;

/// The gallery.
#[component]
pub fn Gallery() -> impl IntoView {
    if !cfg!(debug_assertions) {
        context::not_found();
        let error = UiError::new("not_found", "There is no such page.");
        return view! { <ErrorState error/> }.into_any();
    }
    view! {
        <PageTitle text="Gallery"/>
        <h1>"Gallery"</h1>
        <p>"Every component in every state. Press Tab to see the focus."</p>
        <controls::Controls/>
        <actions::Actions/>
        <status::Status/>
        <mails::Mails/>
        <charts::Charts/>
        <states::States/>
    }
    .into_any()
}
