//! Sidebar: navigation, the signed-in member, theme and sign-out.

use domain::permission::Permission;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::components::A;

use super::account_switch::AccountSwitch;
use super::{CurrentUserContext, PostForm, RequirePermission, ThemeSwitch};
use crate::context;
use crate::server_fn::session::SignOut;

/// The sidebar. The link of a page is also current on the pages below it.
#[component]
pub fn Sidebar() -> impl IntoView {
    let current_user = expect_context::<CurrentUserContext>().0;
    let operator = context::is_operator().then(|| {
        view! {
            <p class="nav-title">"Operator"</p>
            <A href="/operator/sellers">"Sellers"</A>
            <A href="/operator/health">"Health"</A>
            <A href="/operator/settings">"Server settings"</A>
        }
    });
    view! {
        <aside class="sidebar" id="sidebar" aria-label="Navigation and account">
            <nav aria-label="Main">
                <A href="/" exact=true>"Overview"</A>
                <A href="/licenses">"Licenses"</A>
                <A href="/customers">"Customers"</A>
                <A href="/products">"Products"</A>
                <A href="/team">"Team"</A>
                <RequirePermission to=Permission::ReadAudit><A href="/audit">"Audit log"</A></RequirePermission>
                <RequirePermission to=Permission::ManageMail><A href="/settings/mail">"Mail"</A></RequirePermission>
                <RequirePermission to=Permission::ManageCustomerPage><A href="/settings/customer-page">"Customers’ page"</A></RequirePermission>
                <p class="nav-title">"Developers"</p>
                <RequirePermission to=Permission::ManageTokens><A href="/settings/tokens">"API tokens"</A></RequirePermission>
                <RequirePermission to=Permission::ManageWebhooks><A href="/settings/shops">"Connect your shop"</A></RequirePermission>
                <RequirePermission to=Permission::ManageWebhooks><A href="/settings/webhooks">"Webhooks"</A></RequirePermission>
                <a href="/docs" rel="external">"API reference"</a>
                {operator}
            </nav>
            <div class="account">
                <Suspense>
                    {move || Suspend::new(async move {
                        current_user.await.ok().map(|me| view! {
                            <p>
                                <a href="/account"><strong>{me.name}</strong></a> <br/>
                                <span class="muted">{me.account} " · " {me.role.as_str()}</span>
                            </p>
                        })
                    })}
                </Suspense>
                <AccountSwitch/>
                <ThemeSwitch/>
                <PostForm to=SignOut::url() class="">
                    <button class="button button-small">"Sign out"</button>
                </PostForm>
            </div>
        </aside>
    }
}
