//! The parts that the pages of license templates and of trial policies have alike: both are rules that products follow.

use domain::view::ProductOption;
use leptos::prelude::*;

use crate::component::{FormMessage, FormState, PostForm};

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
