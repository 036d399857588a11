//! The found licenses: a table whose rows can be selected for a bulk change, or an empty state.

use domain::permission::Permission;
use domain::view::{LicenseQuery, LicenseRow, MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS, Page, Sort};
use leptos::prelude::*;

use super::bulk_bar::BulkBar;
use crate::component::{EmptyState, LicenseTable, Pager, RequirePermission};
use crate::form::{query_fields, url_of_query};

/// Returns whether filters restrict the results of a search. Ordering by expiry requires an expiry date.
fn has_filters(query: &LicenseQuery) -> bool {
    let LicenseQuery { search: _, product, standing, condition, sort, cursor: _, .. } = query;
    product.is_some()
        || standing.is_some()
        || condition.is_some()
        || query.is_of_owner()
        || *sort == Sort::Expiry
}

/// The results.
#[component]
pub fn Results(
    page: Page<LicenseRow>,
    query: LicenseQuery,
    /// The member may change licenses.
    may_change: bool,
) -> impl IntoView {
    let Page { items, previous, next } = page;
    if items.is_empty() {
        return view! { <Nothing query/> }.into_any();
    }
    // The search limits may have cut off results.
    let is_cut = previous.is_some() || has_filters(&query);
    let ends = (is_cut && next.is_none() && !query.search.is_empty()).then(|| {
        let text = format!(
            "A search stops at the first {MAX_SEARCH_RESULTS} customers, domains and keys that it finds, and {MAX_CUSTOMER_RESULTS} licenses of these customers. Type more to see others."
        );
        view! { <p class="muted">{text}</p> }
    });
    let table = if may_change {
        let kept: Vec<_> = query_fields(&query)
            .into_iter()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
            .collect();
        view! {
            <form class="bulk-form" method="get" action="/licenses/bulk" autocomplete="off">
                {kept}
                <div class="card card-flush"><LicenseTable rows=items caption="Licenses" selectable=true/></div>
                <BulkBar/>
            </form>
        }
        .into_any()
    } else {
        view! { <div class="card card-flush"><LicenseTable rows=items caption="Licenses"/></div> }.into_any()
    };
    view! {
        {table}
        {ends}
        <Pager previous next href=move |cursor| url_of_query(&LicenseQuery { cursor: Some(cursor), ..query.clone() })/>
    }
    .into_any()
}

#[component]
fn Nothing(query: LicenseQuery) -> impl IntoView {
    let everything = LicenseQuery { sort: query.sort, ..LicenseQuery::default() };
    if query == everything {
        return view! {
            <EmptyState title="No license yet">
                <p>"A license gives a customer the right to use a product on so many domains. Make a product first, then issue licenses for it."</p>
                <RequirePermission to=Permission::WriteLicense><a class="button button-primary" href="/licenses/new">"Issue a license"</a></RequirePermission>
            </EmptyState>
        }
        .into_any();
    }
    if !query.search.is_empty() && has_filters(&query) {
        let alone = LicenseQuery { search: query.search, ..LicenseQuery::default() };
        return view! {
            <EmptyState title="Nothing found">
                <p>{format!("None of the licenses that the search finds matches the other choices. It stops at the first {MAX_SEARCH_RESULTS} customers, domains and keys: type more, or search without them.")}</p>
                <a class="button" href=url_of_query(&alone)>"Search without them"</a>
            </EmptyState>
        }
        .into_any();
    }
    let text = if query.search.is_empty() {
        "No license matches these filters."
    } else {
        "No license matches. A search finds whole keys, their last four characters, and the beginning of a customer’s name or address or of a domain."
    };
    view! {
        <EmptyState title="Nothing found">
            <p>{text}</p>
            <a class="button" href="/licenses">"Show all licenses"</a>
        </EmptyState>
    }
    .into_any()
}
