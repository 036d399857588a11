//! The parts that the pages of license templates and of trial policies have alike: both are rules that products follow.

use domain::permission::Permission;
use domain::view::ProductOption;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::UiError;
use crate::component::{CurrentUserContext, ErrorState, FormMessage, FormState, PageTitle, PostForm};

/// Returns the page of the rules whose id is in the path. `body` gets them, and whether the member may change them.
/// `title` is the title if they could not be loaded.
pub fn page_by_id<T, Fut>(
    title: &'static str,
    load: impl Fn(String) -> Fut + Send + Sync + 'static,
    body: fn(T, bool) -> AnyView,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = Result<T, UiError>> + Send + 'static,
{
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let current_user = expect_context::<CurrentUserContext>();
    let page = Resource::new(move || id.get(), load);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let may_change = current_user.permissions().await.allows(Permission::WriteProduct);
                match page.await {
                    Ok(rules) => body(rules, may_change),
                    Err(error) => view! { <PageTitle text=title/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The products that follow the rules. Each links to `tab` of its page, such as `/machines`; empty is the first.
#[component]
pub fn ProductsOfRules(products: Vec<ProductOption>, tab: &'static str) -> impl IntoView {
    let list = if products.is_empty() {
        view! { <p class="muted">"No product uses it."</p> }.into_any()
    } else {
        let items: Vec<_> = products
            .into_iter()
            .map(|product| {
                let href = format!("/products/{}{tab}", product.id);
                view! { <li><a class="item-title" href=href>{product.name}</a></li> }
            })
            .collect();
        view! { <ul class="item-list">{items}</ul> }.into_any()
    };
    view! { <section class="card"><h2>"Products"</h2>{list}</section> }
}

/// The form that deletes rules that no product follows.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn DeleteRules(
    form: FormState,
    /// The path: `ServerFunction::url()`.
    to: &'static str,
    /// The id of the panel on the page.
    panel: &'static str,
    /// The id of the rules.
    id: String,
) -> impl IntoView {
    view! {
        <section class="card">
            <h2>"Delete"</h2>
            <FormMessage form/>
            <details class="action" id=panel open=form.was_rejected()>
                <summary class="button button-danger">"Delete…"</summary>
                <PostForm to=to class="stack panel">
                    <p>"No product uses it. " <strong>"This can’t be undone."</strong></p>
                    <input type="hidden" name="id" value=id/>
                    <button class="button button-danger">"Delete for good"</button>
                </PostForm>
            </details>
        </section>
    }
}
