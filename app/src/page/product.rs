//! Making a product, and a product's own page.

use domain::view::ProductView;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::component::{Checkbox, Copy, Failure, Field, FormMessage, FormState, PageTitle, TextArea};
use crate::server_fn::product::{CreateProduct, ProductPage, UpdateProduct, product};

/// The form for a new product.
#[component]
pub fn NewProduct() -> impl IntoView {
    let action = ServerAction::<CreateProduct>::new();
    let form = FormState::of(action);
    view! {
        <PageTitle text="Make a product"/>
        <h1>"Make a product"</h1>
        <ActionForm action attr:class="stack form" attr:novalidate=true>
            <FormMessage form/>
            <Settings form current=None/>
            <button class="button button-main" disabled=move || action.pending().get()>"Make the product"</button>
        </ActionForm>
    }
}

/// A product: how to integrate it, and its settings.
#[component]
pub fn Product() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let update = ServerAction::<UpdateProduct>::new();
    let page = Resource::new_blocking(move || (id.get(), update.version().get()), |(id, _)| product(id));
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <ProductBody page update/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Product"/> <Failure error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn ProductBody(page: ProductPage, update: ServerAction<UpdateProduct>) -> impl IntoView {
    let ProductPage { product, origin, public_key } = page;
    let form = FormState::of(update);
    let saved = move || matches!(update.value().read().as_ref(), Some(Ok(())));
    let verify = format!("curl '{origin}/verify?license_key=YOUR-KEY&domain=example.com'");
    let fields =
        r#""fingerprint":"machine-1","hostname":"host","os":"linux","appVersion":"1.0","userHash":"user""#;
    let activate = format!(
        "curl -X POST {origin}/v3/activations -H 'Content-Type: application/json' -d '{{\"key\":\"YOUR-KEY\",\"productId\":\"{}\",{fields}}}'",
        product.id
    );
    let key = match public_key {
        Some(pem) => view! { <pre class="pem"><code>{pem.clone()}</code></pre> <Copy text=pem/> }.into_any(),
        None => view! { <p class="dim">"It is being made; reload in a moment."</p> }.into_any(),
    };
    view! {
        <PageTitle text=product.name.clone()/>
        <div class="head">
            <h1>{product.name.clone()}</h1>
            <a class="button button-main" href=format!("/licenses/new?product={}", product.id)>"Issue a license"</a>
        </div>
        <p class="dim">
            "Product " {product.number} " · " <code>{product.slug.clone()}</code> " · "
            <a href=format!("/licenses?product={}", product.id)>{product.licenses} " licenses"</a>
        </p>
        <section>
            <h2>"Integrate"</h2>
            <p>"Your product asks at its start, with the customer’s key and its own domain:"</p>
            <pre><code>{verify.clone()}</code></pre>
            <Copy text=verify/>
            <p>"A program on a machine binds the key to it, and is answered with a signed token:"</p>
            <pre><code>{activate.clone()}</code></pre>
            <Copy text=activate/>
            <details>
                <summary>"The public key by which its tokens verify (RS256)"</summary>
                {key}
                <p class="dim">"Also at " <a href="/.well-known/jwks.json" rel="external">"/.well-known/jwks.json"</a> "."</p>
            </details>
        </section>
        <section>
            <h2>"Settings"</h2>
            <ActionForm action=update attr:class="stack form" attr:novalidate=true>
                <FormMessage form/>
                {move || saved().then(|| view! { <p class="note note-good" role="status">"Saved."</p> })}
                <input type="hidden" name="id" value=product.id.to_string()/>
                <Settings form current=Some(product)/>
                <button class="button button-main" disabled=move || update.pending().get()>"Save"</button>
            </ActionForm>
        </section>
    }
}

#[component]
fn Settings(form: FormState, current: Option<ProductView>) -> impl IntoView {
    let is_new = current.is_none();
    let limit = |of: fn(&ProductView) -> domain::license::Limit| match &current {
        Some(product) => of(product).slots().map(|n| n.to_string()).unwrap_or_default(),
        None => "1".to_owned(),
    };
    let domains = limit(|p| p.domain_limit);
    let machines = limit(|p| p.machine_limit);
    let validity = current.as_ref().and_then(|p| p.validity).map(|v| v.days().to_string());
    let prefix = current.as_ref().map_or_else(|| "LIC".to_owned(), |p| p.key_prefix.as_str().to_owned());
    let free = current.as_ref().is_some_and(|p| p.free_development_hosts);
    let hosts = current.as_ref().map(|p| p.development_hosts.clone()).unwrap_or_default();
    let name = current.as_ref().map(|p| p.name.clone()).unwrap_or_default();
    let slug = current.as_ref().map(|p| p.slug.clone()).unwrap_or_default();
    let slug_hint =
        if is_new { "Its name in the API. Empty: made from the name." } else { "Its name in the API." };
    view! {
        <Field form name="name" label="Name" value=name required=true/>
        <Field form name="slug" label="Slug" value=slug hint=slug_hint/>
        <fieldset>
            <legend>"What a new license is given"</legend>
            <Field form name="domain_limit" label="Domain limit" kind="number" value=domains
                hint="Empty for unlimited."/>
            <Field form name="machine_limit" label="Machine limit" kind="number" value=machines
                hint="Empty for unlimited."/>
            <Field form name="validity_days" label="Validity in days" kind="number"
                value=validity.unwrap_or_default() hint="Empty for no expiry; 365 for a year."/>
            <Field form name="key_prefix" label="Key prefix" value=prefix hint="2 to 8 letters or digits."/>
        </fieldset>
        <fieldset>
            <legend>"Development hosts"</legend>
            <Checkbox form name="free_development_hosts" label="Development hosts take no slot" checked=free
                hint="localhost, *.test, *.local, private addresses, and what is listed below."/>
            <TextArea form name="development_hosts" label="More development hosts" value=hosts
                hint="One a line, such as dev.* or *.vercel.app."/>
        </fieldset>
    }
}
