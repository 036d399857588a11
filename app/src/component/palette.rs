//! The command palette of all pages for members, with the pages and actions that the role allows.

use domain::permission::Permission;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{CurrentUserContext, Permissions};
use crate::context;
use crate::island::{Palette, PaletteItem};
use crate::server_fn::search::{SearchAll, SearchHits};

/// Pages and actions: kind, title, path, and the permission that they need.
const ENTRIES: [(&str, &str, &str, Permission); 12] = [
    ("Page", "Overview", "/", Permission::Read),
    ("Page", "Licenses", "/licenses", Permission::Read),
    ("Page", "Customers", "/customers", Permission::Read),
    ("Page", "Products", "/products", Permission::Read),
    ("Page", "Team", "/team", Permission::Read),
    ("Page", "Your account", "/account", Permission::Read),
    ("Page", "API tokens", "/settings/tokens", Permission::ManageTokens),
    ("Page", "Connect your shop", "/settings/shops", Permission::ManageWebhooks),
    ("Page", "Webhooks", "/settings/webhooks", Permission::ManageWebhooks),
    ("Page", "API reference", "/docs", Permission::Read),
    ("Action", "Issue a license", "/licenses/new", Permission::WriteLicense),
    ("Action", "Make a product", "/products/new", Permission::WriteProduct),
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
                    let entries = entries(current_user.permissions().await, is_operator);
                    view! { <Palette entries form=SearchAll::url().to_owned() hits=SearchHits::url().to_owned()/> }
                })}
            </Suspense>
        </div>
    }
}

fn entries(permissions: Permissions, is_operator: bool) -> Vec<PaletteItem> {
    let allowed = ENTRIES.into_iter().filter(|(.., permission)| permissions.allows(*permission));
    let allowed = allowed.map(|(kind, title, path, _)| (kind, title, path));
    let of_operator = OPERATOR_PAGES.into_iter().filter(|_| is_operator);
    let of_operator = of_operator.map(|(title, path)| ("Page", title, path));
    let entry = |(kind, title, path): (&str, &str, &str)| PaletteItem {
        kind: kind.to_owned(),
        title: title.to_owned(),
        detail: String::new(),
        href: path.to_owned(),
    };
    allowed.chain(of_operator).map(entry).collect()
}
