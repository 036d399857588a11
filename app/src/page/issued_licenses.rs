//! Page after several licenses were issued: all keys, to copy or to download.

use leptos::prelude::*;

use crate::component::{EmptyState, ErrorState, MailNote, PageTitle, pluralize};
use crate::island::CopyTextOf;
use crate::server_fn::license::{IssuedPage, issued_licenses};

/// The id of the element with the keys.
const KEYS_ID: &str = "issued-keys";

/// The page.
#[component]
pub fn IssuedLicenses() -> impl IntoView {
    let page = Resource::new(|| (), |()| issued_licenses());
    view! {
        <PageTitle text="Issued licenses"/>
        <p class="breadcrumb"><a href="/licenses">"Licenses"</a></p>
        <Suspense>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) if page.keys.is_empty() => view! {
                        <h1>"Issued licenses"</h1>
                        <EmptyState title="The keys are shown for an hour">
                            <p>"After several licenses were issued in this session, this page lists their keys for an hour. Later each license’s page reveals its key."</p>
                            <a class="button" href="/licenses">"Go to licenses"</a>
                        </EmptyState>
                    }
                    .into_any(),
                    Ok(page) => view! { <Keys page/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Keys(page: IssuedPage) -> impl IntoView {
    let IssuedPage { product, customer, keys, mail } = page;
    let count = pluralize(i64::try_from(keys.len()).unwrap_or(i64::MAX), "license");
    let title = format!("{count} issued");
    let to = customer.map(|(id, name)| view! { " for " <a href=format!("/customers/{id}")>{name}</a> });
    view! {
        <h1>{title}</h1>
        <p class="lead">{product} {to}</p>
        {mail.map(|status| view! { <MailNote status/> })}
        <section class="card">
            <div class="actions">
                <CopyTextOf id=KEYS_ID.to_owned() label="Copy all".to_owned() done="Copied".to_owned()/>
                <a class="button" href="/licenses/issued.csv" download="" data-turbo="false">"Download as CSV"</a>
                <a class="button" href="/licenses/new">"Issue more"</a>
            </div>
            <pre id=KEYS_ID class="key" role="region" tabindex="0" aria-label="License keys">{keys.join("\n")}</pre>
            <p class="muted">"Each key that this page or the file shows is recorded in the history of its license."</p>
        </section>
    }
}
