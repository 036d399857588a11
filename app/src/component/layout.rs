//! Layout of all pages for members: header and navigation.

use domain::permission::Permission;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::components::{A, Outlet};

use super::{CommandPalette, CurrentUserContext, PostForm, RequirePermission, ThemeSwitch};
use crate::island::Shortcuts;
use crate::server_fn::session::{SignOut, me};

/// The header and the page.
#[component]
pub fn Layout() -> impl IntoView {
    let current_user = Resource::new_blocking(|| (), |()| me());
    provide_context(CurrentUserContext(current_user));
    view! {
        <a class="skip-link" href="#main">"Skip to the page"</a>
        <header class="site-header">
            <a class="brand" href="/">"Countersign"</a>
            <nav aria-label="Main">
                <A href="/" exact=true>"Overview"</A>
                <A href="/licenses">"Licenses"</A>
                <A href="/products">"Products"</A>
            </nav>
            <details class="account">
                <summary>
                    <Suspense fallback=|| "Account">
                        {move || Suspend::new(async move {
                            current_user.await.map_or_else(|_| "Account".to_owned(), |me| me.account)
                        })}
                    </Suspense>
                </summary>
                <div class="account-menu">
                    <Suspense>
                        {move || Suspend::new(async move {
                            current_user.await.ok().map(|me| view! {
                                <p>{me.name} <br/> <span class="muted">{me.email} " · " {me.role.as_str()}</span></p>
                            })
                        })}
                    </Suspense>
                    <p>
                        <RequirePermission to=Permission::ManageTokens><a href="/settings/tokens">"API tokens"</a> " · "</RequirePermission>
                        <a href="/docs" rel="external">"API reference"</a>
                    </p>
                    <ThemeSwitch/>
                    <PostForm to=SignOut::url() class="">
                        <button class="button">"Sign out"</button>
                    </PostForm>
                </div>
            </details>
        </header>
        <main id="main" tabindex="-1">
            <Outlet/>
        </main>
        // Kept over visits, because it listens to the whole window.
        <div id="shortcuts" data-turbo-permanent=""><Shortcuts/></div>
        <CommandPalette/>
    }
}
