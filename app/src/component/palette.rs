//! The command palette of all pages for members, with the pages and actions that the role allows.

use domain::permission::Permission;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{CurrentUserContext, Permissions};
use crate::context;
use crate::island::Palette;
use crate::server_fn::search::{SearchAll, SearchHits};

/// Pages: title, path, and the permission that they need.
const PAGES: [(&str, &str, Permission); 18] = [
    ("Overview", "/", Permission::Read),
    ("Licenses", "/licenses", Permission::Read),
    ("Bulk changes", "/licenses/jobs", Permission::Read),
    ("Customers", "/customers", Permission::Read),
    ("Organizations", "/organizations", Permission::Read),
    ("Tags", "/tags", Permission::Read),
    ("Products", "/products", Permission::Read),
    ("License templates", "/license-templates", Permission::Read),
    ("Trial policies", "/trial-policies", Permission::Read),
    ("Team", "/team", Permission::Read),
    ("Audit log", "/audit", Permission::ReadAudit),
    ("Mail", "/settings/mail", Permission::ManageMail),
    ("Customers’ page", "/settings/customer-page", Permission::ManageCustomerPage),
    ("Your account", "/account", Permission::Read),
    ("API tokens", "/settings/tokens", Permission::ManageTokens),
    ("Connect your shop", "/settings/shops", Permission::ManageWebhooks),
    ("Webhooks", "/settings/webhooks", Permission::ManageWebhooks),
    ("API reference", "/docs", Permission::Read),
];

/// Actions, by the same columns.
const ACTIONS: [(&str, &str, Permission); 3] = [
    ("Issue a license", "/licenses/new", Permission::WriteLicense),
    ("Import licenses", "/licenses/import", Permission::ImportLicenses),
    ("Make a product", "/products/new", Permission::WriteProduct),
];

/// Pages of the operator: title and path.
const OPERATOR_PAGES: [(&str, &str); 3] = [
    ("Sellers", "/operator/sellers"),
    ("Health", "/operator/health"),
    ("Server settings", "/operator/settings"),
];

/// The palette. Kept over visits, because it listens to the whole window.
#[component]
pub fn CommandPalette() -> impl IntoView {
    let current_user = expect_context::<CurrentUserContext>();
    let is_operator = context::is_operator();
    view! {
        <div id="palette" data-turbo-permanent="">
            <Suspense>
                {move || Suspend::new(async move {
                    let permissions = current_user.permissions().await;
                    let of_operator = OPERATOR_PAGES.into_iter().filter(|_| is_operator);
                    let pages = allowed(&PAGES, permissions).chain(of_operator).map(owned).collect();
                    let actions = allowed(&ACTIONS, permissions).map(owned).collect();
                    view! {
                        <Palette pages actions form=SearchAll::url().to_owned()
                            hits=SearchHits::url().to_owned()/>
                    }
                })}
            </Suspense>
        </div>
    }
}

/// Returns the entries that the role allows, without their permission.
fn allowed(
    entries: &'static [(&str, &str, Permission)],
    permissions: Permissions,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_allowed = move |(.., permission): &&(&str, &str, Permission)| permissions.allows(*permission);
    entries.iter().filter(is_allowed).map(|(title, path, _)| (*title, *path))
}

fn owned((title, path): (&str, &str)) -> (String, String) {
    (title.to_owned(), path.to_owned())
}
