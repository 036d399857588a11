//! Page that lists organizations, by name. The URL holds the search and the position.

use domain::organization::OrganizationInput;
use domain::permission::Permission;
use domain::view::{OrganizationPage, OrganizationQuery, OrganizationRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::organization::OrganizationFields;
use crate::component::{
    EmptyState, ErrorState, FormMessage, FormState, PageTitle, Pager, PostForm, RelativeTime,
    RequirePermission,
};
use crate::form::{organization_query_from_url, url_of_organization_query};
use crate::server_fn::organization::{CreateOrganization, SearchOrganizations, organizations};

/// The list.
#[component]
pub fn Organizations() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| organization_query_from_url(&params.read()));
    let page = Resource::new(move || query.get(), organizations);
    view! {
        <PageTitle text="Organizations"/>
        <p class="breadcrumb"><a href="/customers">"Customers"</a></p>
        <div class="page-header"><h1>"Organizations"</h1></div>
        <RequirePermission to=Permission::WriteLicense><New/></RequirePermission>
        <PostForm to=SearchOrganizations::url() class="filters" role="search" autocomplete="off">
            <div class="field field-grow">
                <label for="organization-search">"Search"</label>
                <input id="organization-search" type="search" name="q" value=move || query.get().search maxlength="200"
                    placeholder="Name, e-mail address or domain"/>
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
fn New() -> impl IntoView {
    let form = FormState::of::<CreateOrganization>();
    view! {
        <div class="actions">
            <details class="action" id="new-organization" name="action" open=form.was_rejected()>
                <summary class="button button-primary">"Make an organization…"</summary>
                <PostForm to=CreateOrganization::url() class="stack panel" novalidate=true>
                    <FormMessage form/>
                    <OrganizationFields form stored=OrganizationInput::default()/>
                    <button class="button button-primary">"Make it"</button>
                </PostForm>
            </details>
        </div>
    }
}

#[component]
fn Found(page: OrganizationPage, query: OrganizationQuery) -> impl IntoView {
    let OrganizationPage { items, more } = page;
    if items.is_empty() {
        let (title, text) = if query.search.is_empty() && query.after.is_none() {
            (
                "No organization yet",
                "An organization is a company or a team that customers and licenses belong to.",
            )
        } else {
            (
                "Nothing found",
                "A search finds the beginning of a word of the name, of the e-mail address, or of the domain.",
            )
        };
        return view! { <EmptyState title=title><p>{text}</p></EmptyState> }.into_any();
    }
    let rows: Vec<_> = items.into_iter().map(row).collect();
    let first = query.after.is_some().then(|| {
        let url = url_of_organization_query(&OrganizationQuery { search: query.search.clone(), after: None });
        view! { <p><a href=url>"To the first page"</a></p> }
    });
    view! {
        <table class="card-table">
            <caption class="visually-hidden">"Organizations"</caption>
            <thead>
                <tr>
                    <th scope="col">"Organization"</th>
                    <th scope="col">"E-mail"</th>
                    <th scope="col">"Since"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {first}
        <Pager previous=None next=more href=move |after| {
            url_of_organization_query(&OrganizationQuery { search: query.search.clone(), after: Some(after) })
        }/>
    }
    .into_any()
}

fn row(row: OrganizationRow) -> impl IntoView {
    let OrganizationRow { id, name, email, created_at } = row;
    view! {
        <tr>
            <th scope="row" class="text-break"><a href=format!("/organizations/{id}")><bdi>{name}</bdi></a></th>
            <td data-label="E-mail" class="text-break">{email}</td>
            <td data-label="Since"><RelativeTime at=created_at/></td>
        </tr>
    }
}
