//! Page of an organization: facts, customers and actions.

use domain::OrganizationId;
use domain::organization::OrganizationInput;
use domain::permission::Permission;
use domain::view::{CustomerHitRow, OrganizationView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::by_id::page_by_id;
use super::customers::license_count;
use crate::component::{Field, FormMessage, FormState, PageTitle, PostForm, RelativeTime, TextArea};
use crate::server_fn::organization::{DeleteOrganization, UpdateOrganization, organization};

/// The page.
#[component]
pub fn Organization() -> impl IntoView {
    page_by_id("Organization", Permission::WriteLicense, organization, |organization, may_write| {
        view! { <Body organization may_write/> }.into_any()
    })
}

#[component]
fn Body(organization: OrganizationView, may_write: bool) -> impl IntoView {
    let OrganizationView { id, stored, customers, licenses, newest_customers, created_at } = organization;
    let title = stored.name.clone();
    let actions = may_write.then(|| {
        view! {
            <div class="actions">
                <Edit id stored=stored.clone()/>
                <Delete id/>
            </div>
        }
    });
    let facts = facts(&stored);
    view! {
        <PageTitle text=title.clone()/>
        <p class="breadcrumb"><a href="/customers">"Customers"</a> " / " <a href="/organizations">"Organizations"</a></p>
        <div class="page-header"><h1 class="text-break"><bdi>{title}</bdi></h1></div>
        {actions}
        <div class="columns">
            <Customers customers=newest_customers count=customers/>
            <section class="card">
                <h2>"Organization"</h2>
                <dl class="facts">
                    {facts}
                    <div>
                        <dt>"Licenses"</dt>
                        <dd><a href=format!("/licenses?organization={id}")>{license_count(licenses)}</a></dd>
                    </div>
                    <div><dt>"Since"</dt><dd><RelativeTime at=created_at/></dd></div>
                </dl>
            </section>
        </div>
    }
}

/// The stored texts that are not empty.
fn facts(stored: &OrganizationInput) -> impl IntoView + use<> {
    let address =
        [&stored.line1, &stored.line2, &stored.postal_code, &stored.city, &stored.state, &stored.country];
    let address: Vec<&str> =
        address.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let facts = [
        ("E-mail", stored.email.clone()),
        ("Domain", stored.domain.clone()),
        ("Users", stored.allowed_users.clone()),
        ("Address", address.join(", ")),
        ("Description", stored.description.chars().take(200).collect()),
    ];
    let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
    let facts = facts.map(|(label, text): (&'static str, String)| {
        view! { <div><dt>{label}</dt><dd class="text-break"><bdi>{text}</bdi></dd></div> }
    });
    facts.collect::<Vec<_>>()
}

#[component]
fn Customers(customers: Vec<CustomerHitRow>, count: u32) -> impl IntoView {
    let list = if customers.is_empty() {
        let text = "No customer belongs to it. The page of a customer has the field “Organization”.";
        view! { <p class="muted">{text}</p> }.into_any()
    } else {
        let items: Vec<_> = customers
            .into_iter()
            .map(|CustomerHitRow { id, label }| {
                view! { <li class="text-break"><a href=format!("/customers/{id}")><bdi>{label}</bdi></a></li> }
            })
            .collect();
        view! { <ul>{items}</ul> }.into_any()
    };
    view! {
        <section class="card">
            <h2>"Customers (" {license_count(count)} ")"</h2>
            {list}
        </section>
    }
}

/// The fields of an organization.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn OrganizationFields(form: FormState, stored: OrganizationInput) -> impl IntoView {
    let OrganizationInput {
        name,
        email,
        description,
        domain,
        allowed_users,
        line1,
        line2,
        city,
        state,
        country,
        postal_code,
    } = stored;
    view! {
        <Field form name="name" label="Name" value=name autocomplete="off" required=true/>
        <Field form name="email" label="E-mail" kind="email" value=email autocomplete="off"/>
        <Field form name="domain" label="Domain" value=domain autocomplete="off"/>
        <Field form name="allowed_users" label="Users" kind="number" value=allowed_users autocomplete="off"
            hint="A note for yourself. Empty is unlimited."/>
        <Field form name="line1" label="Address, first line" value=line1 autocomplete="off"/>
        <Field form name="line2" label="Address, second line" value=line2 autocomplete="off"/>
        <Field form name="postal_code" label="Postal code" value=postal_code autocomplete="off"/>
        <Field form name="city" label="City" value=city autocomplete="off"/>
        <Field form name="state" label="State" value=state autocomplete="off"/>
        <Field form name="country" label="Country" value=country autocomplete="off"/>
        <TextArea form name="description" label="Description" value=description/>
    }
}

#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Edit(id: OrganizationId, stored: OrganizationInput) -> impl IntoView {
    let form = FormState::of::<UpdateOrganization>();
    // A field that the user leaves as it was keeps what another user stores meanwhile.
    let shown = serde_json::to_string(&stored).unwrap_or_default();
    view! {
        <details class="action" id="edit-organization" name="action" open=form.was_rejected()>
            <summary class="button">"Edit…"</summary>
            <PostForm to=UpdateOrganization::url() class="stack panel" novalidate=true>
                <FormMessage form/>
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="shown" value=form.initial("shown", shown)/>
                <OrganizationFields form stored/>
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </details>
    }
}

#[component]
fn Delete(id: OrganizationId) -> impl IntoView {
    let form = FormState::of::<DeleteOrganization>();
    view! {
        <details class="action" id="delete-organization" name="action" open=form.was_rejected()>
            <summary class="button button-danger">"Delete…"</summary>
            <PostForm to=DeleteOrganization::url() class="stack panel">
                <FormMessage form/>
                <p>
                    "Its customers and licenses stay, and belong to no organization. "
                    <strong>"This can’t be undone."</strong>
                </p>
                <input type="hidden" name="id" value=id.to_string()/>
                <button class="button button-danger">"Delete for good"</button>
            </PostForm>
        </details>
    }
}
