//! Page that asks for the parameters of a bulk change, and tells what will happen.

use domain::bulk::{Selection, Verb};
use domain::permission::Permission;
use domain::view::{LicenseQuery, SelectedCount};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::summary;
use crate::UiError;
use crate::component::{
    CurrentUserContext, EmptyState, ErrorState, Field, FormMessage, FormState, PageTitle, PostForm,
};
use crate::form::{query_fields, query_from_url, selection_from_url, url_of_query};
use crate::server_fn::bulk_job::{BulkPage, StartBulkJob, bulk_selection};

/// The page.
#[component]
pub fn BulkChange() -> impl IntoView {
    let params = use_query_map();
    let verb = params.read_untracked().get("verb").and_then(|verb| verb.parse::<Verb>().ok());
    let selection = selection_from_url(&params.read_untracked());
    let list = query_from_url(&params.read_untracked());
    let back = url_of_query(&list);
    let (Some(verb), Ok(selection)) = (verb, selection) else {
        return view! {
            <PageTitle text="Bulk change"/>
            <EmptyState title="Nothing is selected">
                <p>"Select licenses in the list, or all that match, and choose what to change."</p>
                <a class="button" href=back>"Back to the list"</a>
            </EmptyState>
        }
        .into_any();
    };
    let current_user = expect_context::<CurrentUserContext>();
    let page = Resource::new(
        {
            let selection = selection.clone();
            move || selection.clone()
        },
        bulk_selection,
    );
    view! {
        <PageTitle text=verb.label()/>
        <p class="breadcrumb"><a href=back.clone()>"Licenses"</a></p>
        <Transition>
            {move || {
                let (selection, back) = (selection.clone(), back.clone());
                Suspend::new(async move {
                    if !current_user.permissions().await.allows(Permission::WriteLicense) {
                        return view! { <p class="muted">"Your role can’t change licenses."</p> }.into_any();
                    }
                    body(page.await, verb, selection, back)
                })
            }}
        </Transition>
    }
    .into_any()
}

fn body(page: Result<BulkPage, UiError>, verb: Verb, selection: Selection, back: String) -> AnyView {
    match page {
        Ok(page) if page.count == SelectedCount::Exactly(0) => view! {
            <EmptyState title="No license matches">
                <p>"The list is empty now."</p>
                <a class="button" href=back>"Back to the list"</a>
            </EmptyState>
        }
        .into_any(),
        Ok(page) => view! { <Parameters page verb selection back/> }.into_any(),
        Err(error) => view! { <ErrorState error/> }.into_any(),
    }
}

/// Describes what the change does.
pub fn effect(verb: Verb) -> &'static str {
    match verb {
        Verb::Suspend => "Their domains and machines stop verifying at once, until they are reinstated.",
        Verb::Reinstate => "Suspended licenses verify again at once.",
        Verb::Revoke => "Their domains and machines stop verifying at once.",
        Verb::Extend => {
            "The period is added to each expiry, or to today where a license has expired. Licenses that never expire stay so."
        }
        Verb::ChangeLimits => {
            "Below what is in use, active domains and machines stay and new ones are refused."
        }
        Verb::Move => "Keys, activations and terms stay. The same address is the same customer.",
    }
}

#[component]
fn Parameters(page: BulkPage, verb: Verb, selection: Selection, back: String) -> impl IntoView {
    let form = FormState::of::<StartBulkJob>();
    let is_final = (verb == Verb::Revoke).then(|| view! { <strong>" This can’t be undone."</strong> });
    let undo = verb.is_reversible().then_some(" It can be undone within an hour.");
    let class = match verb {
        Verb::Suspend | Verb::Revoke => "button button-danger",
        _ => "button button-primary",
    };
    let count = summary::count(page.count);
    let fields = match verb {
        Verb::Suspend | Verb::Revoke => {
            view! { <Field form name="reason" label="Reason (optional)"/> }.into_any()
        }
        Verb::Reinstate => ().into_any(),
        Verb::Extend => {
            view! { <Field form name="period" label="Period" value="1 year" hint="Such as 1 year, 6 months or 30 days."/> }
                .into_any()
        }
        Verb::ChangeLimits => view! {
            <Field form name="domain_limit" label="Domains" hint="Empty leaves each limit as it is; “unlimited” removes it."/>
            <Field form name="machine_limit" label="Machines" hint="Empty leaves each limit as it is; “unlimited” removes it."/>
        }
        .into_any(),
        Verb::Move => view! {
            <Field form name="customer_email" label="Customer’s e-mail" kind="email" hint="Finds the customer, or makes a new one."/>
            <Field form name="customer_name" label="Customer’s name" hint="For a new customer."/>
        }
        .into_any(),
    };
    view! {
        <h1>{format!("{}: {count}", verb.label())}</h1>
        <PostForm to=StartBulkJob::url() novalidate=true>
            <FormMessage form/>
            <p>{effect(verb)} {is_final} {undo}</p>
            {form.error_for("license").map(|fault| view! { <p class="field-error">{fault}</p> })}
            <input type="hidden" name="verb" value=verb.as_str()/>
            <input type="hidden" name="form_token" value=page.form_token/>
            {selection_fields(selection)}
            {fields}
            <div class="actions">
                <button class=class>{format!("{} {count}", button(verb))}</button>
                <a class="button" href=back>"Cancel"</a>
            </div>
        </PostForm>
    }
}

fn button(verb: Verb) -> &'static str {
    match verb {
        Verb::ChangeLimits => "Change",
        Verb::Move => "Move",
        verb => verb.label(),
    }
}

fn selection_fields(selection: Selection) -> Vec<AnyView> {
    let fields = match selection {
        Selection::Licenses(licenses) => {
            let ids: Vec<String> = licenses.iter().map(|id| id.0.simple().to_string()).collect();
            vec![("licenses", ids.join(","))]
        }
        Selection::Query(query) => query_fields(&LicenseQuery { cursor: None, ..query }),
    };
    fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> }.into_any())
        .collect()
}
