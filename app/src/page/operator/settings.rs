//! Page of the settings in force, the version, and the newest changes.

use domain::view::SettingsView;
use leptos::prelude::*;

use super::changelog::Changelog;
use crate::component::{Card, ErrorState, Fact, Facts, PageTitle};
use crate::context;
use crate::page::NotFound;
use crate::server_fn::operator::settings_in_force;

/// The page.
#[component]
pub fn ServerSettings() -> impl IntoView {
    if !context::is_operator() {
        return view! { <NotFound/> }.into_any();
    }
    let page = Resource::new(|| (), |()| settings_in_force());
    view! {
        <PageTitle text="Server settings"/>
        <div class="page-header"><h1>"Server settings"</h1></div>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Parts page/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Parts(page: SettingsView) -> impl IntoView {
    let SettingsView { settings, version, changelog } = page;
    let facts: Vec<_> =
        settings.into_iter().map(|(name, value)| view! { <Fact name>{value}</Fact> }).collect();
    view! {
        <Card title="Settings in force">
            <p class="muted">
                "Of the node that shows this page, as " <code>"countersign config"</code>
                " prints them. They are changed by environment variables or a file, and a restart."
            </p>
            <Facts>{facts}</Facts>
        </Card>
        <Card title="Version">
            <Facts><Fact name="Countersign">{version}</Fact></Facts>
        </Card>
        <Changelog part=changelog/>
    }
}
