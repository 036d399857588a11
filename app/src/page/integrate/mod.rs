//! Integration page of a product: code snippets for both APIs in one of five languages, which the URL names.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::product::{ProductHeader, Tab};
use crate::component::{self, Card, CurrentUserContext, ErrorState, PageTitle, Permissions, Tabs};
use crate::island::CopyButton;
use crate::server_fn::product::{IntegratePage, integrate};

mod snippets;
pub(crate) use snippets::snippets;

/// The page.
#[component]
pub fn Integrate() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let language = Memo::new(move |_| query.read().get("language").unwrap_or_default());
    let current_user = expect_context::<CurrentUserContext>();
    let page = Resource::new(move || id.get(), integrate);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let permissions = current_user.permissions().await;
                match page.await {
                    Ok(page) => view! { <Body page permissions language=language.get_untracked()/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Integrate"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The snippets in `language`, or in the first language if there is no such language. All languages together
/// would be 80 kB of HTML.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Body(page: IntegratePage, permissions: Permissions, language: String) -> impl IntoView {
    let IntegratePage { product, domain, machine } = page;
    let shown = domain.iter().position(|(name, _)| *name == language).unwrap_or_default();
    let tabs: Vec<_> = domain
        .iter()
        .enumerate()
        .map(|(n, (name, _))| component::Tab {
            href: format!("?language={name}"),
            label: name.clone(),
            is_current: n == shown,
        })
        .collect();
    view! {
        <ProductHeader product permissions tab=Tab::Integrate/>
        <p>
            "Put a license key in place of " <code>"YOUR-KEY"</code>
            "; everything else is filled in. " <a href="/docs" rel="external">"The whole API"</a> " · "
            <a href="/docs/tokens" rel="external">"Verifying a token, and machines without a network"</a>
        </p>
        <Tabs label="Language" tabs/>
        <Card title="Web software, bound to a domain">
            <p class="muted">"Activate once at install, then ask at each start."</p>
            {snippet(domain, shown)}
        </Card>
        <Card title="Programs, bound to a machine">
            <p class="muted">
                "The server answers with a signed token. The code contains the product’s public key and verifies the token without a network. After a rotation of the key, ship the new one."
            </p>
            {snippet(machine, shown)}
        </Card>
    }
}

/// Renders the snippet at the position `shown`. Both lists have the languages in the same order.
fn snippet(snippets: Vec<(String, String)>, shown: usize) -> impl IntoView {
    snippets.into_iter().nth(shown).map(|(_, code)| {
        view! {
            <div class="snippet">
                <pre tabindex="0"><code>{code.clone()}</code></pre>
                <CopyButton text=code/>
            </div>
        }
    })
}
