//! Layout of all pages for members: top bar, sidebar and page.

use leptos::prelude::*;
use leptos_router::components::Outlet;

use super::sidebar::Sidebar;
use super::top_bar::TopBar;
use super::{CommandPalette, CurrentUserContext};
use crate::island::Shortcuts;
use crate::server_fn::session::me;

/// The frame and the page.
#[component]
pub fn Layout() -> impl IntoView {
    let current_user = Resource::new(|| (), |()| me());
    provide_context(CurrentUserContext(current_user));
    view! {
        <a class="skip-link" href="#main">"Skip to the page"</a>
        <div class="shell">
            <TopBar/>
            // The style sheet shows it on narrow screens only while the menu of the top bar is open.
            <Sidebar/>
            <main id="main" tabindex="-1">
                <Outlet/>
            </main>
        </div>
        // Kept over visits, because it listens to the whole window.
        <div id="shortcuts" data-turbo-permanent=""><Shortcuts/></div>
        <CommandPalette/>
    }
}
