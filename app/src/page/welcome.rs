//! Welcome page after the set-up, with commands that run as pasted.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::component::{ErrorState, PageTitle};
use crate::island::CopyButton;
use crate::server_fn::license::{WelcomePage, welcome};

/// Shows how to activate and verify the first license from a shell.
#[component]
pub fn Welcome() -> impl IntoView {
    let query = use_query_map();
    let id = move || query.read().get("license").unwrap_or_default();
    let page = Resource::new(id, welcome);
    view! {
        <PageTitle text="Welcome"/>
        <Suspense>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Lines page id=id()/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Lines(page: WelcomePage, id: String) -> impl IntoView {
    let WelcomePage { key, origin } = page;
    let activate = format!(
        "curl -X POST {origin}/activate -H 'Content-Type: application/json' -d '{{\"license_key\":\"{key}\",\"domain\":\"example.com\"}}'"
    );
    let verify = format!("curl '{origin}/verify?license_key={key}&domain=example.com'");
    view! {
        <h1>"Your server is ready"</h1>
        <p>"Your first license key is " <code class="key">{key}</code> ". Activate it on a domain:"</p>
        <pre><code>{activate.clone()}</code></pre>
        <CopyButton text=activate/>
        <p>"Then verify it, as your product will at every start:"</p>
        <pre><code>{verify.clone()}</code></pre>
        <CopyButton text=verify/>
        <p><a class="button button-primary" href=format!("/licenses/{id}")>"Open the license"</a></p>
    }
}
