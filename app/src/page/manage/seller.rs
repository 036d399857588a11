//! The customer's page of a seller: the forms that open it, or the licenses.

use domain::view::ActivationCursors;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::frame::Frame;
use super::license::LicensePart;
use super::list::LicenseList;
use super::message::{Failure, NotLoaded};
use super::start::{Forms, UnknownSeller};
use crate::component::FormState;
use crate::context;
use crate::server_fn::customer_page::{
    ActivateOwnOffline, CustomerPageContent, CustomerPageData, CustomerPageParams, FreeOwnActivation,
    MoveOwnDomain, customer_page,
};

/// The page.
#[component]
pub fn CustomerPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let choices = move || {
        let (params, query) = (params.read(), query.read());
        CustomerPageParams {
            seller: params.get("seller").unwrap_or_default(),
            license: params.get("id"),
            before: query.get("before").and_then(|id| id.parse().ok()),
            activations: ActivationCursors { domains: query.get("domains"), machines: query.get("machines") },
        }
    };
    let page = Resource::new(choices, customer_page);
    view! {
        <Suspense>
            {move || {
                let params = choices();
                Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Parts page params/> }.into_any(),
                        Err(error) if error.code == "not_found" => view! { <UnknownSeller/> }.into_any(),
                        Err(error) => view! { <Frame brand=None><NotLoaded error/></Frame> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Parts(page: CustomerPageData, params: CustomerPageParams) -> impl IntoView {
    let CustomerPageData { brand, content, response, sends_mail } = page;
    let seller = brand.clone();
    let suspended = brand.are_apps_stopped.then(|| {
        view! { <p class="alert alert-danger" role="status">{context::texts().text("seller-suspended")}</p> }
    });
    let content = match content {
        CustomerPageContent::Closed => view! {
            // A form of the page that was closed meanwhile.
            <Failure form={FormState::of::<FreeOwnActivation>()}/>
            <Failure form={FormState::of::<MoveOwnDomain>()}/>
            <Failure form={FormState::of::<ActivateOwnOffline>()}/>
            <Forms brand sends_mail/>
        }
        .into_any(),
        CustomerPageContent::List(list) => view! { <LicenseList brand list/> }.into_any(),
        CustomerPageContent::License(license, has_list) => {
            let license = *license;
            view! { <LicensePart brand license has_list response params/> }.into_any()
        }
    };
    view! { <Frame brand=Some(seller)>{suspended} {content}</Frame> }
}
