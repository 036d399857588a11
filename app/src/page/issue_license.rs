//! Page that issues licenses.

use domain::permission::Permission;
use domain::view::{CustomerView, ProductOption};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use crate::component::{
    Checkbox, CustomerNameChoice, EmptyState, ErrorState, Field, FormMessage, FormState, PageTitle, PostForm,
    RequirePermission, Select,
};
use crate::context;
use crate::island::CustomerSuggestions;
use crate::server_fn::customer::customer;
use crate::server_fn::license;
use crate::server_fn::product::product_options;

/// The form.
#[component]
pub fn IssueLicense() -> impl IntoView {
    let query = use_query_map();
    let products = Resource::new(|| (), |()| product_options());
    let holder = Resource::new(
        move || query.read().get("customer"),
        |id| async move { customer(id?, None).await.ok() },
    );
    view! {
        <PageTitle text="Issue a license"/>
        <h1>"Issue a license"</h1>
        <Suspense>
            {move || Suspend::new(async move {
                let holder = holder.await;
                match products.await {
                    Ok(products) if products.iter().all(|product| product.archived) => view! {
                        <EmptyState title="First a product">
                            <p>"Licenses are issued for a product, and take their limits from it."</p>
                            <RequirePermission to=Permission::WriteProduct><a class="button button-primary" href="/products/new">"Make a product"</a></RequirePermission>
                        </EmptyState>
                    }
                    .into_any(),
                    Ok(products) => view! {
                        <RequirePermission to=Permission::WriteLicense otherwise="Viewers issue no licenses: ask an owner, an admin or support.">
                            <IssueForm products=products.clone() holder=holder.clone()/>
                        </RequirePermission>
                    }
                    .into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn IssueForm(products: Vec<ProductOption>, holder: Option<CustomerView>) -> impl IntoView {
    let form = FormState::of::<license::IssueLicense>();
    let preset = use_query_map().read_untracked().get("product").unwrap_or_default();
    let products = products.into_iter().filter(|p| !p.archived).map(|p| (p.id.to_string(), p.name)).collect();
    let (name, email) = holder.map(|holder| (holder.name, holder.email)).unwrap_or_default();
    let expiry =
        [("default", "By the product’s validity"), ("never", "Never"), ("date", "On the date below")]
            .map(|(value, label)| (value.to_owned(), label.to_owned()))
            .to_vec();
    view! {
        <PostForm to=license::IssueLicense::url() novalidate=true>
            <FormMessage form/>
            <input type="hidden" name="form_token" value=context::form_token()/>
            <Select form name="product" label="Product" options=products value=preset/>
            <fieldset>
                <legend>"Customer"</legend>
                <Field form name="customer_name" label="Name" autocomplete="off" value=name.unwrap_or_default()/>
                <Field form name="customer_email" label="E-mail" kind="email" autocomplete="off" value=email.unwrap_or_default()
                    list="customer-suggestions" hint="The same address is the same customer."/>
                <CustomerSuggestions/>
                <CustomerNameChoice form/>
                {context::sends_mail().then(|| view! {
                    <Checkbox form name="send_keys" label="Send the key by mail"
                        hint="To the address above. Several keys are in one mail."/>
                })}
            </fieldset>
            <fieldset>
                <legend>"Limits"</legend>
                <Field form name="domain_limit" label="Domains" kind="number"
                    hint="Empty for the product’s default; “unlimited” for no limit."/>
                <Field form name="machine_limit" label="Machines" kind="number"
                    hint="Empty for the product’s default; “unlimited” for no limit."/>
            </fieldset>
            <fieldset>
                <legend>"Expiry"</legend>
                <Select form name="expiry" label="Expires" options=expiry/>
                <Field form name="expires_at" label="Date" kind="date" hint="To the end of that day, UTC."/>
            </fieldset>
            <Field form name="count" label="How many" kind="number" value="1" hint="1 to 500, all alike. All keys are listed, to copy or to download."/>
            <button class="button button-primary">"Issue"</button>
        </PostForm>
    }
}
