//! Layout of all pages for members: header, navigation and keyboard shortcuts.

use std::cell::Cell;

use domain::permission::Permission;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::components::{A, Outlet};
use leptos_router::hooks::use_navigate;

use super::popover::enable_light_dismiss;
use super::{CurrentUserContext, RequirePermission, ThemeSwitch};
use crate::context;
use crate::server_fn::session::{SignOut, me};

/// The header, the page, and the keyboard shortcuts.
#[component]
pub fn Layout() -> impl IntoView {
    let current_user = Resource::new_blocking(|| (), |()| me());
    provide_context(CurrentUserContext(current_user));
    let (help, set_help) = signal(false);
    handle_shortcuts(set_help);
    enable_light_dismiss();
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
                    <form method="post" action=SignOut::url()>
                        <button class="button">"Sign out"</button>
                    </form>
                </div>
            </details>
        </header>
        <main id="main" tabindex="-1">
            <Outlet/>
        </main>
        <div class="shortcuts" role="status" hidden=move || !help.get()>
            <kbd>"/"</kbd> " search · " <kbd>"g l"</kbd> " licenses · " <kbd>"g p"</kbd> " products · "
            <kbd>"g o"</kbd> " overview · " <kbd>"?"</kbd> " this list"
        </div>
    }
}

/// Handles the keyboard shortcuts: `/` focuses the search, `g l` opens the licenses, `?` shows the list.
fn handle_shortcuts(set_help: WriteSignal<bool>) {
    Effect::new(move |_| {
        let go = use_navigate();
        let after_g = Cell::new(false);
        context::on_shortcut(move |key| {
            let to = |path: &str| {
                go(path, leptos_router::NavigateOptions::default());
                true
            };
            match (after_g.replace(key == "g"), key) {
                (true, "l") => to("/licenses"),
                (true, "p") => to("/products"),
                (true, "o") => to("/"),
                (_, "/") => context::focus("search"),
                (_, "?") => {
                    set_help.update(|shown| *shown = !*shown);
                    true
                }
                _ => false,
            }
        });
    });
}
