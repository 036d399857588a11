//! Page of a customer: facts, licenses and actions.

mod actions;

use domain::permission::Permission;
use domain::view::{CustomerLicenseRow, CustomerView};
use domain::{CustomerId, LicenseId};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::customers::license_count;
use crate::component::{CurrentUserContext, ErrorState, PageTitle, Permissions, RelativeTime, StandingBadge};
use crate::server_fn::customer::customer;
use crate::server_fn::organization::organization_names;
use crate::server_fn::tag::tag_names;
use actions::{Actions, Suggestions};

/// Characters of a field's value on the page. The form has all of them.
const SHOWN_CHARS: usize = 80;
/// Fields on the page. The form has all of them.
const SHOWN_FIELDS: usize = 12;

/// The page.
#[component]
pub fn Customer() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let before = Memo::new(move |_| query.read().get("before").and_then(|id| id.parse::<LicenseId>().ok()));
    let current_user = expect_context::<CurrentUserContext>();
    let page = Resource::new(move || (id.get(), before.get()), |(id, before)| customer(id, before));
    let suggestions =
        Resource::new(|| (), |()| async move { (organization_names().await, tag_names().await) });
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let permissions = current_user.permissions().await;
                let (organizations, tags) = suggestions.await;
                let suggestions = Suggestions {
                    organizations: organizations.unwrap_or_default(),
                    tags: tags.unwrap_or_default(),
                };
                match page.await {
                    Ok(customer) => {
                        let is_older = before.get_untracked().is_some();
                        view! { <Body customer suggestions is_older permissions/> }.into_any()
                    }
                    Err(error) => view! { <PageTitle text="Customer"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Body(
    customer: CustomerView,
    suggestions: Suggestions,
    is_older: bool,
    permissions: Permissions,
) -> impl IntoView {
    let id = customer.id;
    let is_erased = customer.name.is_none() && customer.email.is_none();
    let title = customer.name.clone().or_else(|| customer.email.clone());
    let title = title.unwrap_or_else(|| "Erased customer".to_owned());
    let may_write = permissions.allows(Permission::WriteLicense);
    let issue = may_write.then(|| {
        view! { <a class="button button-primary" href=format!("/licenses/new?customer={id}")>"Issue a license"</a> }
    });
    let actions = may_write.then(|| {
        let may_erase = permissions.allows(Permission::EraseCustomer) && !is_erased;
        view! { <Actions customer=customer.clone() suggestions may_erase/> }
    });
    let details = details(&customer);
    let CustomerView { name, email, created_at, license_count: count, licenses, more_licenses, .. } =
        customer;
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "—".to_owned());
    view! {
        <PageTitle text=title.clone()/>
        <p class="breadcrumb"><a href="/customers">"Customers"</a></p>
        <div class="page-header"><h1>{title}</h1> {issue}</div>
        {actions}
        <div class="columns">
            <Licenses id licenses more=more_licenses is_older/>
            <section class="card">
                <h2>"Customer"</h2>
                <dl class="facts">
                    <div><dt>"Name"</dt><dd>{or_dash(name)}</dd></div>
                    <div><dt>"E-mail"</dt><dd>{or_dash(email)}</dd></div>
                    {details}
                    <div><dt>"Licenses"</dt><dd>{license_count(count)}</dd></div>
                    <div><dt>"Since"</dt><dd><RelativeTime at=created_at/></dd></div>
                </dl>
            </section>
        </div>
    }
}

/// What is known of a customer beside name and address.
fn details(customer: &CustomerView) -> impl IntoView + use<> {
    let company = Some(customer.company.clone()).filter(|company| !company.is_empty());
    let company = company.map(|company| {
        view! { <div><dt>"Company"</dt><dd class="text-break"><bdi>{company}</bdi></dd></div> }
    });
    let organization = customer.organization.clone().map(|(id, name)| {
        let link = view! { <a href=format!("/organizations/{id}")><bdi>{name}</bdi></a> };
        view! { <div><dt>"Organization"</dt><dd class="text-break">{link}</dd></div> }
    });
    let tags = (!customer.tags.is_empty()).then(|| {
        view! { <div><dt>"Tags"</dt><dd class="text-break"><bdi>{customer.tags.join(", ")}</bdi></dd></div> }
    });
    let fields: Vec<_> = customer
        .metadata
        .iter()
        .take(SHOWN_FIELDS)
        .map(|(key, value)| {
            let value: String = value.chars().take(SHOWN_CHARS).collect();
            view! { <div><dt class="text-break"><bdi>{key.clone()}</bdi></dt><dd class="text-break"><bdi>{value}</bdi></dd></div> }
        })
        .collect();
    view! { {company} {organization} {tags} {fields} }
}

#[component]
fn Licenses(
    id: CustomerId,
    licenses: Vec<CustomerLicenseRow>,
    more: Option<LicenseId>,
    is_older: bool,
) -> impl IntoView {
    let list = if licenses.is_empty() {
        let text = if is_older { "There are no older ones." } else { "This customer holds no license." };
        view! { <p class="muted">{text}</p> }.into_any()
    } else {
        let rows: Vec<_> = licenses.into_iter().map(row).collect();
        view! {
            <table class="card-table">
                <caption class="visually-hidden">"Licenses of this customer"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Key"</th>
                        <th scope="col">"Standing"</th>
                        <th scope="col">"Product"</th>
                        <th scope="col">"Domains"</th>
                        <th scope="col">"Machines"</th>
                        <th scope="col">"Expires"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    let latest = is_older.then(
        || view! { <a class="button" href=format!("/customers/{id}#licenses")>"Latest licenses"</a> " " },
    );
    let older = more.map(|last| {
        view! { <a class="button" href=format!("/customers/{id}?before={last}#licenses")>"Older licenses"</a> }
    });
    let links = (latest.is_some() || older.is_some()).then(|| view! { <p>{latest} {older}</p> });
    view! {
        <section id="licenses" class="card card-flush">
            <h2>"Licenses"</h2>
            {list}
            {links}
        </section>
    }
}

fn row(row: CustomerLicenseRow) -> impl IntoView {
    let expires = match row.expires_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => "never".into_any(),
    };
    view! {
        <tr>
            <th scope="row"><a href=format!("/licenses/{}", row.id)>{format!("…{}", row.last_four)}</a></th>
            <td><StandingBadge standing=row.standing/></td>
            <td data-label="Product" class="text-break">{row.product}</td>
            <td data-label="Domains" class="number">{format!("{} of {}", row.domains_used, row.domain_limit)}</td>
            <td data-label="Machines" class="number">{format!("{} of {}", row.machines_used, row.machine_limit)}</td>
            <td data-label="Expires">{expires}</td>
        </tr>
    }
}
