//! Head of a product's pages: name, facts, state, and the tabs.

use domain::permission::Permission;
use domain::view::ProductView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{FormMessage, FormState, PageTitle, Permissions, PostForm, RelativeTime, pluralize};
use crate::server_fn::product::RestoreProduct;

/// A tab: a page of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Licensing,
    Domains,
    Machines,
    Meters,
    Customers,
    Keys,
    Integrate,
}

impl Tab {
    const ALL: [Self; 7] = [
        Self::Licensing,
        Self::Domains,
        Self::Machines,
        Self::Meters,
        Self::Customers,
        Self::Keys,
        Self::Integrate,
    ];

    /// Returns the text of the tab's link.
    fn label(self) -> &'static str {
        match self {
            Self::Licensing => "Licensing",
            Self::Domains => "Domains",
            Self::Machines => "Machines",
            Self::Meters => "Meters",
            Self::Customers => "Customers",
            Self::Keys => "Signing keys",
            Self::Integrate => "Integrate",
        }
    }

    /// Returns the path below the product's.
    fn path(self) -> &'static str {
        match self {
            Self::Licensing => "",
            Self::Domains => "/domains",
            Self::Machines => "/machines",
            Self::Meters => "/meters",
            Self::Customers => "/customers",
            Self::Keys => "/keys",
            Self::Integrate => "/integrate",
        }
    }
}

/// The head of the page of a tab.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn ProductHeader(product: ProductView, permissions: Permissions, tab: Tab) -> impl IntoView {
    let id = product.id;
    let title = match tab {
        Tab::Licensing => product.name.clone(),
        tab => format!("{} · {}", product.name, tab.label()),
    };
    let issues = permissions.allows(Permission::WriteLicense) && product.archived_at.is_none();
    let trials = product.machines.trial.map(|trial| {
        view! { " · " {product.trials} " of " {trial.limit.to_string()} " trials" }
    });
    let links: Vec<_> = Tab::ALL
        .into_iter()
        .map(|link| {
            let href = format!("/products/{id}{}", link.path());
            let current = (link == tab).then_some("page");
            view! { <a href=href aria-current=current>{link.label()}</a> }
        })
        .collect();
    view! {
        <PageTitle text=title/>
        <p class="breadcrumb"><a href="/products">"Products"</a></p>
        <div class="page-header">
            <h1>{product.name.clone()}</h1>
            <div class="actions">
                {issues.then(|| view! {
                    <a class="button button-primary" href=format!("/licenses/new?product={id}")>"Issue a license"</a>
                })}
            </div>
        </div>
        <p class="muted">
            "Product " {product.number} " · " <code>{product.slug.clone()}</code> " · "
            <a href=format!("/licenses?product={id}")>{pluralize(product.licenses, "license")}</a> {trials}
        </p>
        <ArchivedNotice product=product.clone() may_change=permissions.allows(Permission::WriteProduct)/>
        <nav class="tabs" aria-label="Product">{links}</nav>
    }
}

/// The state of an archived product, and the button that restores it.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn ArchivedNotice(product: ProductView, may_change: bool) -> impl IntoView {
    let form = FormState::of::<RestoreProduct>();
    let notice = product.archived_at.map(|at| {
        let restore = may_change.then(|| {
            view! {
                <PostForm to=RestoreProduct::url() class="">
                    <input type="hidden" name="id" value=product.id.to_string()/>
                    <button class="button">"Restore"</button>
                </PostForm>
            }
        });
        view! {
            <div class="notice notice-warning">
                <p>
                    <strong>"Archived "</strong> <RelativeTime at/>
                    ". No license can be issued. No trial can be started. Licenses and trials that exist go on."
                </p>
                {restore}
            </div>
        }
    });
    view! { <FormMessage form/> {notice} }
}
