//! Page that lists licenses. The URL holds the search, filters, order and cursor.

use domain::license::Standing;
use domain::license_key::extract::extract_keys;
use domain::permission::Permission;
use domain::view::{
    LicenseQuery, LicenseRow, MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS, Page, ProductOption, Sort,
};
use domain::{LicenseId, LicenseKey};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::NavigateOptions;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

use crate::component::{EmptyState, ErrorState, LicenseTable, PageTitle, Pager, PostForm, RequirePermission};
use crate::form::{query_from_url, url_of_query};
use crate::server_fn::license::{SearchLicenses, licenses};
use crate::server_fn::product::product_options;

/// The list.
#[component]
pub fn Licenses() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| query_from_url(&params.read()));
    let page = Resource::new_blocking(move || query.get(), licenses);
    let products = Resource::new_blocking(|| (), |()| product_options());
    view! {
        <PageTitle text="Licenses"/>
        <div class="page-header">
            <h1>"Licenses"</h1>
            <RequirePermission to=Permission::WriteLicense><a class="button button-primary" href="/licenses/new">"Issue a license"</a></RequirePermission>
        </div>
        <Transition>
            {move || Suspend::new(async move {
                let products = products.await.unwrap_or_default();
                view! { <Filters query=query.get() products/> }
            })}
        </Transition>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => match exact_key_match(&page, &query.get()) {
                        Some(id) => redirect_to_license(id).into_any(),
                        None => view! { <Found page query=query.get()/> }.into_any(),
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

#[component]
fn Filters(query: LicenseQuery, products: Vec<ProductOption>) -> impl IntoView {
    let products: Vec<_> = products
        .into_iter()
        .map(|p| view! { <option value=p.id.to_string() selected=query.product == Some(p.id)>{p.name}</option> })
        .collect();
    let standings = Standing::ALL.map(|s| {
        view! { <option value=s.as_str() selected=query.standing == Some(s)>{s.as_str()}</option> }
    });
    let sorts = Sort::ALL.map(|s| {
        view! { <option value=s.as_str() selected=query.sort == s>{s.label()}</option> }
    });
    view! {
        <PostForm to=SearchLicenses::url() class="filters" role="search" autocomplete="off">
            <div class="field field-grow">
                <label for="search">"Search"</label>
                <input id="search" type="search" name="q" value=query.search maxlength="200"
                    placeholder="Key, last four, customer or domain"/>
            </div>
            <div class="field">
                <label for="product">"Product"</label>
                <select id="product" name="product"><option value="">"All"</option>{products}</select>
            </div>
            <div class="field">
                <label for="standing">"Standing"</label>
                <select id="standing" name="standing"><option value="">"Any"</option>{standings}</select>
            </div>
            <div class="field">
                <label for="sort">"Order"</label>
                <select id="sort" name="sort">{sorts}</select>
            </div>
            <button class="button">"Show"</button>
        </PostForm>
    }
}

/// Returns whether filters restrict the results of a search. Ordering by expiry requires an expiry date.
fn has_filters(query: &LicenseQuery) -> bool {
    query.product.is_some() || query.standing.is_some() || query.sort == Sort::Expiry
}

#[component]
fn Found(page: Page<LicenseRow>, query: LicenseQuery) -> impl IntoView {
    let Page { items, previous, next } = page;
    if items.is_empty() {
        let everything = LicenseQuery { sort: query.sort, ..LicenseQuery::default() };
        return if query == everything {
            view! {
                <EmptyState title="No license yet">
                    <p>"A license gives a customer the right to use a product on so many domains. Make a product first, then issue licenses for it."</p>
                    <RequirePermission to=Permission::WriteLicense><a class="button button-primary" href="/licenses/new">"Issue a license"</a></RequirePermission>
                </EmptyState>
            }
            .into_any()
        } else if !query.search.is_empty() && has_filters(&query) {
            let alone = LicenseQuery { search: query.search, ..LicenseQuery::default() };
            view! {
                <EmptyState title="Nothing found">
                    <p>{format!("None of the licenses that the search finds matches the other choices. It stops at the first {MAX_SEARCH_RESULTS} customers, domains and keys: type more, or search without them.")}</p>
                    <a class="button" href=url_of_query(&alone)>"Search without them"</a>
                </EmptyState>
            }
            .into_any()
        } else {
            view! {
                <EmptyState title="Nothing found">
                    <p>"No license matches. A search finds whole keys, their last four characters, and the beginning of a customer’s name or address or of a domain."</p>
                    <a class="button" href="/licenses">"Show all licenses"</a>
                </EmptyState>
            }
            .into_any()
        };
    }
    // The search limits may have cut off results.
    let is_cut = previous.is_some() || has_filters(&query);
    let ends = (is_cut && next.is_none() && !query.search.is_empty()).then(|| {
        let text = format!(
            "A search stops at the first {MAX_SEARCH_RESULTS} customers, domains and keys that it finds, and {MAX_CUSTOMER_RESULTS} licenses of these customers. Type more to see others."
        );
        view! { <p class="muted">{text}</p> }
    });
    view! {
        <LicenseTable rows=items caption="Licenses"/>
        {ends}
        <Pager previous next href=move |cursor| url_of_query(&LicenseQuery { cursor: Some(cursor), ..query.clone() })/>
    }
    .into_any()
}
