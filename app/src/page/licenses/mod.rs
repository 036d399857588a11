//! Page that lists licenses. The URL holds the search, filters, order and cursor.

mod bulk_bar;
mod filters;
mod results;

use domain::license_key::extract::extract_keys;
use domain::permission::Permission;
use domain::view::{LicenseQuery, LicenseRow, Page};
use domain::{LicenseId, LicenseKey};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

use crate::component::{CurrentUserContext, ErrorState, PageTitle, RequirePermission};
use crate::form::{export_url, query_from_url};
use crate::server_fn::license::{filter_names, licenses};
use crate::server_fn::product::product_options;
use filters::{Chips, Search};
use results::Results;

/// The list.
#[component]
pub fn Licenses() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| query_from_url(&params.read()));
    let page = Resource::new(move || query.get(), licenses);
    let products = Resource::new(|| (), |()| product_options());
    let owners = Memo::new(move |_| {
        let query = query.get();
        (query.customer, query.organization, query.tag)
    });
    let names = Resource::new(
        move || owners.get(),
        |(customer, organization, tag)| filter_names(customer, organization, tag),
    );
    let current_user = expect_context::<CurrentUserContext>();
    view! {
        <PageTitle text="Licenses"/>
        <div class="page-header">
            <h1>"Licenses"</h1>
            <div class="actions">
                <a class="button" href="/licenses/jobs">"Bulk changes"</a>
                <RequirePermission to=Permission::ImportLicenses><a class="button" href="/licenses/import">"Import"</a></RequirePermission>
                <a class="button" href=move || export_url(&query.get(), false) data-turbo="false" download="">"Export CSV"</a>
                <RequirePermission to=Permission::RevealKey>
                    <a class="button" href=move || export_url(&query.get(), true) data-turbo="false" download="">"Export with keys"</a>
                </RequirePermission>
                <RequirePermission to=Permission::WriteLicense><a class="button button-primary" href="/licenses/new">"Issue a license"</a></RequirePermission>
            </div>
        </div>
        <Transition>
            {move || Suspend::new(async move {
                let products = products.await.unwrap_or_default();
                let owners = names.await.unwrap_or_default();
                view! {
                    <Search query=query.get() products/>
                    <Chips query=query.get() owners/>
                }
            })}
        </Transition>
        <Transition>
            {move || Suspend::new(async move {
                let may_change = current_user.permissions().await.allows(Permission::WriteLicense);
                match page.await {
                    Ok(page) => match exact_key_match(&page, &query.get()) {
                        Some(id) => redirect_to_license(id).into_any(),
                        None => view! { <Results page query=query.get() may_change/> }.into_any(),
                    },
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Returns the license if the search is its complete key, so that a pasted key opens the license directly.
fn exact_key_match(page: &Page<LicenseRow>, query: &LicenseQuery) -> Option<LicenseId> {
    let [row] = &page.items[..] else { return None };
    let matches_row = |key: &LicenseKey| key.last_four() == row.last_four;
    (query.cursor.is_none() && extract_keys(&query.search).iter().any(matches_row)).then_some(row.id)
}

/// Redirects to the license and replaces the list in the browser's history, so that Back skips the list.
fn redirect_to_license(id: LicenseId) -> impl IntoView {
    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
    view! { <Redirect path=format!("/licenses/{id}") options/> }
}
