//! Actions on a customer. Each panel opens in place and works without JavaScript. Irreversible actions
//! describe their effect first.

use domain::CustomerId;
use domain::license::metadata_to_lines;
use domain::view::CustomerView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Field, FormMessage, FormState, PostForm, TextArea};
use crate::page::customers::license_count;
use crate::server_fn::customer::{EraseCustomer, MergeCustomers, UpdateCustomer};

/// The buttons of the actions.
#[component]
pub fn Actions(customer: CustomerView, suggestions: Suggestions, may_erase: bool) -> impl IntoView {
    let id = customer.id;
    let erase = may_erase.then(|| view! { <Erase id licenses=customer.license_count/> });
    view! {
        <div class="actions">
            <Edit customer suggestions/>
            <Merge id/>
            <Export id/>
            {erase}
        </div>
    }
}

#[component]
fn Id(id: CustomerId) -> impl IntoView {
    view! { <input type="hidden" name="id" value=id.to_string()/> }
}

/// The value of a field when the form was rendered, as a hidden field. After a conflict it is the value
/// that the message reports, so that saving again replaces it.
#[component]
fn Shown(form: FormState, name: &'static str, stored: String) -> impl IntoView {
    let conflict = form.error_for(name);
    let value = if conflict.is_some() { stored } else { form.initial(name, stored) };
    view! {
        <input type="hidden" name=name value=value/>
        {conflict.map(|message| view! { <p class="field-error" role="alert">{message}</p> })}
    }
}

#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Edit(customer: CustomerView, suggestions: Suggestions) -> impl IntoView {
    let form = FormState::of::<UpdateCustomer>();
    let id = customer.id;
    let (name, email) = (customer.name.unwrap_or_default(), customer.email.unwrap_or_default());
    let organization = customer.organization.map(|(_, name)| name).unwrap_or_default();
    let tags = customer.tags.join(", ");
    let fields = customer.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let metadata = metadata_to_lines(fields);
    let hidden = |name: &'static str, value: String| view! { <input type="hidden" name=name value=value/> };
    view! {
        <details class="action" id="edit-customer" name="action" open=form.was_rejected()>
            <summary class="button">"Edit…"</summary>
            <PostForm to=UpdateCustomer::url() class="stack panel" novalidate=true>
                <FormMessage form/>
                <Id id/>
                <input type="hidden" name="shown" value="1"/>
                <Shown form name="name_was" stored=name/>
                <Shown form name="email_was" stored=email.clone()/>
                {hidden("company_was", customer.company.clone())}
                {hidden("organization_was", organization.clone())}
                {hidden("tags_was", tags.clone())}
                {hidden("metadata_was", metadata.clone())}
                <Field form name="first_name" label="First name, or whole name" value=customer.first_name id="edit-name" autocomplete="off"/>
                <Field form name="last_name" label="Last name" value=customer.last_name id="edit-last-name" autocomplete="off"/>
                <Field form name="email" label="E-mail" kind="email" value=email id="edit-email" autocomplete="off"
                    hint="The same address is the same customer. Tokens of machines show name and address from their next sync."/>
                <Field form name="company" label="Company" value=customer.company id="edit-company" autocomplete="off"/>
                <Field form name="organization" label="Organization" value=organization id="edit-organization" autocomplete="off" list="organization-names"
                    hint="The name of an organization that you have made."/>
                <Field form name="tags" label="Tags" value=tags id="edit-tags" autocomplete="off" list="tag-names"
                    hint="At most 5, with commas between. New ones are made."/>
                <TextArea form name="metadata" label="Own fields" value=metadata id="edit-metadata"
                    hint="One per line: name = value."/>
                <Options id="organization-names" names=suggestions.organizations/>
                <Options id="tag-names" names=suggestions.tags/>
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </details>
    }
}

/// Names that the form suggests.
#[derive(Debug, Clone, Default)]
pub struct Suggestions {
    /// The names of organizations.
    pub organizations: Vec<String>,
    /// The names of tags.
    pub tags: Vec<String>,
}

#[component]
fn Options(id: &'static str, names: Vec<String>) -> impl IntoView {
    let options: Vec<_> = names.into_iter().map(|name| view! { <option value=name></option> }).collect();
    view! { <datalist id=id>{options}</datalist> }
}

#[component]
fn Merge(id: CustomerId) -> impl IntoView {
    let form = FormState::of::<MergeCustomers>();
    let edit = FormState::of::<UpdateCustomer>();
    // The address that another customer has.
    let other = edit.error_for("email").map(|_| edit.initial("email", String::new())).unwrap_or_default();
    view! {
        <details class="action" id="merge-customer" name="action" open=form.was_rejected()>
            <summary class="button">"Merge…"</summary>
            <PostForm to=MergeCustomers::url() class="stack panel" novalidate=true>
                <FormMessage form/>
                <p>
                    "All licenses of the other customer move to this one, with their keys and activations. The other customer is deleted. "
                    <strong>"This can’t be undone."</strong>
                </p>
                <Id id/>
                <Field form name="other" label="The other customer" value=other id="merge-other" autocomplete="off"
                    hint="The e-mail address, or the address of the customer’s page. This customer’s name and address stay."/>
                <button class="button button-danger">"Merge into this customer"</button>
            </PostForm>
        </details>
    }
}

#[component]
fn Export(id: CustomerId) -> impl IntoView {
    view! {
        <details class="action" id="export-customer" name="action">
            <summary class="button">"Export…"</summary>
            <div class="stack panel">
                <p>"One JSON file with the customer, the licenses without their keys, the activations, and the history of all of them."</p>
                <a class="button" href=format!("/customers/{id}/export.json") download="" data-turbo="false">"Download the data"</a>
            </div>
        </details>
    }
}

#[component]
fn Erase(id: CustomerId, licenses: u32) -> impl IntoView {
    let form = FormState::of::<EraseCustomer>();
    let stay = match licenses {
        0 => String::new(),
        1 => "1 license stays and works as before. ".to_owned(),
        n => format!("{} licenses stay and work as before. ", license_count(n)),
    };
    view! {
        <details class="action" id="erase-customer" name="action" open=form.was_rejected()>
            <summary class="button button-danger">"Erase…"</summary>
            <PostForm to=EraseCustomer::url() class="stack panel">
                <FormMessage form/>
                <p>
                    "The name and the address are removed, also from the history of the licenses. " {stay}
                    <strong>"This can’t be undone."</strong>
                </p>
                <Id id/>
                <button class="button button-danger">"Erase for good"</button>
            </PostForm>
        </details>
    }
}
