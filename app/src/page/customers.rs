//! Page that lists customers. The URL holds the search and the cursor.

use domain::view::{CustomerPage, CustomerQuery, CustomerRow, MAX_CUSTOMER_MATCHES, MAX_LICENSES_COUNTED};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use crate::component::{EmptyState, ErrorState, PageTitle, Pager, PostForm, RelativeTime};
use crate::form::{customer_query_from_url, url_of_customer_query};
use crate::server_fn::customer::{SearchCustomers, customers};

/// The list.
#[component]
pub fn Customers() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| customer_query_from_url(&params.read()));
    let page = Resource::new(move || query.get(), customers);
    view! {
        <PageTitle text="Customers"/>
        <div class="page-header">
            <h1>"Customers"</h1>
            <div class="actions">
                <a class="button" href="/organizations">"Organizations"</a>
                <a class="button" href="/tags">"Tags"</a>
            </div>
        </div>
        <PostForm to=SearchCustomers::url() class="filters" role="search" autocomplete="off">
            <div class="field field-grow">
                <label for="customer-search">"Search"</label>
                <input id="customer-search" type="search" name="q" value=move || query.get().search maxlength="200"
                    placeholder="Name, e-mail address or its domain"/>
            </div>
            <button class="button">"Show"</button>
        </PostForm>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Found page query=query.get()/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(page: CustomerPage, query: CustomerQuery) -> impl IntoView {
    let CustomerPage { items, previous, next, is_cut } = page;
    if items.is_empty() && !query.search.is_empty() {
        return view! {
            <EmptyState title="Nothing found">
                <p>"No customer matches. A search finds the beginning of a word of the name, of the e-mail address, or of its domain."</p>
                <a class="button" href="/customers">"Show all customers"</a>
            </EmptyState>
        }
        .into_any();
    }
    if items.is_empty() {
        return view! {
            <EmptyState title="No customer yet">
                <p>"A customer holds licenses. Issue a license with a name or an e-mail address, and the customer is listed here."</p>
                <a class="button" href="/licenses">"Go to licenses"</a>
            </EmptyState>
        }
        .into_any();
    }
    let cut = is_cut.then(|| {
        let text =
            format!("The search stops at the first {MAX_CUSTOMER_MATCHES} matches. Type more to see others.");
        view! { <p class="muted">{text}</p> }
    });
    let rows: Vec<_> = items.into_iter().map(row).collect();
    view! {
        <table class="card-table customer-table">
            <caption class="visually-hidden">"Customers"</caption>
            <thead>
                <tr>
                    <th scope="col">"Customer"</th>
                    <th scope="col">"Licenses"</th>
                    <th scope="col">"Since"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {cut}
        <Pager previous next href=move |cursor| {
            url_of_customer_query(&CustomerQuery { search: query.search.clone(), cursor: Some(cursor) })
        }/>
    }
    .into_any()
}

fn row(row: CustomerRow) -> impl IntoView {
    let CustomerRow { id, name, email, licenses, created_at } = row;
    let (label, below) = match (name, email) {
        (Some(name), email) => (name, email),
        (None, Some(email)) => (email, None),
        (None, None) => ("Erased customer".to_owned(), None),
    };
    let below = below.map(|email| view! { <span class="muted">{email}</span> });
    view! {
        <tr>
            <th scope="row"><a href=format!("/customers/{id}")>{label}</a> {below}</th>
            <td data-label="Licenses" class="number">{license_count(licenses)}</td>
            <td data-label="Since"><RelativeTime at=created_at/></td>
        </tr>
    }
}

/// Formats a number of licenses that is counted up to a maximum: "3", "100+".
pub fn license_count(counted: u32) -> String {
    if counted > MAX_LICENSES_COUNTED { format!("{MAX_LICENSES_COUNTED}+") } else { counted.to_string() }
}
