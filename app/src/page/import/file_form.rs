//! The form that sends a file of licenses, and the latest imports.

use domain::import::DateOrder;
use domain::permission::Permission;
use domain::view::{ImportRow, ProductOption};
use leptos::prelude::*;

use super::format::{signed, tone};
use crate::IMPORT_PATH;
use crate::component::{
    Badge, Card, Checkbox, ErrorState, Field, FormMessage, FormState, Number, PageTitle, RelativeTime,
    RequirePermission, Select,
};
use crate::current_flash::CurrentFlash;
use crate::server_fn::license_import::license_imports;

/// The file of the example.
const EXAMPLE: &str = "license_key,product,customer_name,customer_email,domain_limit,expires_at
AB12-CD34-EF56,my-product,Ada Lovelace,ada@example.com,3,2027-01-31
USER 2_KEY 7,my-product,,grace@example.com,unlimited,never";

/// The page.
#[component]
pub fn ImportLicenses() -> impl IntoView {
    let page = Resource::new(|| (), |()| license_imports());
    view! {
        <PageTitle text="Import licenses"/>
        <p class="breadcrumb"><a href="/licenses">"Licenses"</a></p>
        <h1>"Import licenses"</h1>
        <p class="lead">"Send a CSV file of another system or of an export. It is checked first; nothing is imported before you confirm."</p>
        <Suspense>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! {
                        <RequirePermission to=Permission::ImportLicenses otherwise="Owners and admins import licenses.">
                            <FileForm products=page.products.clone() form_token=page.form_token.clone()/>
                        </RequirePermission>
                        <Imports imports=page.imports/>
                    }
                    .into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn FileForm(products: Vec<ProductOption>, form_token: String) -> impl IntoView {
    let form = FormState::new(CurrentFlash::for_path(IMPORT_PATH));
    let only = if products.len() == 1 { products[0].id.to_string() } else { String::new() };
    let none = (String::new(), "Such rows are faults".to_owned());
    let products = products.into_iter().filter(|product| !product.archived);
    let products =
        std::iter::once(none).chain(products.map(|product| (product.id.to_string(), product.name)));
    let orders = DateOrder::ALL.map(|order| (order.as_str().to_owned(), order.label().to_owned())).to_vec();
    view! {
        // The browser sends the file by itself, and shows how far it is.
        <form method="post" action=IMPORT_PATH enctype="multipart/form-data" class="stack form" data-turbo="false" novalidate=true>
            <FormMessage form/>
            <input type="hidden" name="form_token" value=form_token/>
            <Select form name="product" label="Product of rows without one" options=products.collect() value=only/>
            <Select form name="date_order" label="Dates such as 01/02/2027" options=orders/>
            <Checkbox form name="zero_is_unlimited" label="The limit 0 means unlimited"/>
            <Checkbox form name="keep_others" label="Keep other columns as metadata" checked=true
                hint="Such as the number of an order, by which the search finds the license."/>
            <Field form name="file" label="File" kind="file" required=true
                hint="CSV with commas, semicolons or tabs, up to 512 MiB and 2,000,000 rows."/>
            <button class="button button-primary">"Check the file"</button>
        </form>
        <Card title="Columns">
            <p>"The first row names the columns, in any order. Keys are kept as they are: 8 to 256 characters. Without a key, one of the product is generated."</p>
            <pre role="region" tabindex="0" aria-label="Example of a file">{EXAMPLE}</pre>
            <p class="muted">"Further columns: first_name, last_name, standing (active, suspended, revoked, expired), reason, machine_limit, issued_at, notes. Names of other systems, such as “Serial”, “E-mail”, “Status” or “Activation limit”, are known too. A column that is missing takes the product’s default."</p>
        </Card>
    }
}

#[component]
fn Imports(imports: Vec<ImportRow>) -> impl IntoView {
    let rows: Vec<_> = imports.into_iter().map(row).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <Card title="Latest imports" flush=true>
                <table class="card-table">
                    <thead>
                        <tr>
                            <th scope="col">"File"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Imported"</th>
                            <th scope="col">"By"</th>
                            <th scope="col">"Sent"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </Card>
        }
    })
}

fn row(import: ImportRow) -> impl IntoView {
    let href = format!("/licenses/imports/{}", import.id);
    view! {
        <tr>
            <td><a href=href dir="auto" class="text-break">{import.file_name}</a></td>
            <td><Badge tone=tone(import.state)>{import.state.label()}</Badge></td>
            <td><Number of=signed(import.imported - import.removed)/></td>
            <td>{import.actor}</td>
            <td><RelativeTime at=import.uploaded_at/></td>
        </tr>
    }
}
