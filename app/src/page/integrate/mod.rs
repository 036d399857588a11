//! Integration page of a product: code snippets for both APIs in five languages.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::product::{ProductHeader, Tab};
use crate::component::{Card, CurrentUserContext, ErrorState, PageTitle, Permissions};
use crate::island::CopyButton;
use crate::server_fn::product::{IntegratePage, integrate};

mod snippets;
pub(crate) use snippets::snippets;

/// The page.
#[component]
pub fn Integrate() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let current_user = expect_context::<CurrentUserContext>();
    let page = Resource::new_blocking(move || id.get(), integrate);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let permissions = current_user.permissions().await;
                match page.await {
                    Ok(page) => view! { <Body page permissions/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Integrate"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Body(page: IntegratePage, permissions: Permissions) -> impl IntoView {
    let IntegratePage { product, domain, machine } = page;
    view! {
        <ProductHeader product permissions tab=Tab::Integrate/>
        <p>
            "Put a license key in place of " <code>"YOUR-KEY"</code>
            "; everything else is filled in. " <a href="/docs" rel="external">"The whole API"</a> " · "
            <a href="/docs/tokens" rel="external">"Verifying a token, and machines without a network"</a>
        </p>
        <Card title="Web software, bound to a domain">
            <p class="muted">"Activate once at install, then ask at each start."</p>
            {snippet_group("domain", domain)}
        </Card>
        <Card title="Programs, bound to a machine">
            <p class="muted">
                "The server answers with a signed token. The code contains the product’s public key and verifies the token without a network. After a rotation of the key, ship the new one."
            </p>
            {snippet_group("machine", machine)}
        </Card>
    }
}

/// Renders snippets as an exclusive accordion: elements with the same `name` close each other without
/// JavaScript.
fn snippet_group(dialect: &'static str, snippets: Vec<(String, String)>) -> impl IntoView {
    let snippet = |(n, (language, code)): (usize, (String, String))| {
        view! {
            <details class="snippet" name=dialect open=n == 0>
                <summary>{language}</summary>
                <pre tabindex="0"><code>{code.clone()}</code></pre>
                <CopyButton text=code/>
            </details>
        }
    };
    snippets.into_iter().enumerate().map(snippet).collect::<Vec<_>>()
}
