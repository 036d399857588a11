//! Menus, dialogs, tabs, chips, the bar of selected rows, toasts and copy buttons.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::texts::{HOSTILE, LONG, RIGHT_TO_LEFT};
use crate::component::{Card, Dialog, FilterChip, FilterChips, Menu, MenuLink, Tab, Tabs, Toast, Undo};
use crate::island::CopyButton;
use crate::server_fn::session::SetTheme;

#[component]
pub fn Actions() -> impl IntoView {
    let tab = |label: &str, is_current| Tab { href: "/gallery".into(), label: label.into(), is_current };
    let tabs = vec![
        tab("Licensing", true),
        tab("Domains", false),
        tab("Machines", false),
        tab(RIGHT_TO_LEFT, false),
    ];
    view! {
        <Card title="Menu and dialog">
            <div class="actions">
                <Menu id="gallery-menu" label="More">
                    <MenuLink href="/gallery" label="Offline activation"/>
                    <MenuLink href="/gallery" label=LONG/>
                    <li><button type="button" class="danger">"Revoke…"</button></li>
                </Menu>
                <Dialog id="gallery-dialog" label="Revoke…" title="Revoke this license?">
                    <p>"3 domains of " <strong>{LONG}</strong> " stop verifying at once. " <strong>"This can’t be undone."</strong></p>
                    <form method="dialog"><button class="button button-danger">"Revoke for good"</button></form>
                </Dialog>
                <CopyButton text="LIC-TEST".to_owned()/>
            </div>
        </Card>
        <Card title="Tabs and chips">
            <Tabs label="Parts of the product" tabs/>
            <FilterChips label="Filters">
                <FilterChip href="/gallery" label="Product: Aurora Forms" is_chosen=true is_removable=true/>
                <FilterChip href="/gallery" label=format!("Customer: {LONG}") is_chosen=true is_removable=true/>
                <FilterChip href="/gallery" label="Standing"/>
            </FilterChips>
            <FilterChips label="Period">
                <FilterChip href="/gallery" label="7 days"/>
                <FilterChip href="/gallery" label="30 days" is_chosen=true/>
            </FilterChips>
        </Card>
        <Card title="Selected rows">
            <div class="bulk-bar">
                <strong>"2 selected"</strong>
                <a href="/gallery">"Select all 1,515 that match"</a>
                <span class="spacer"></span>
                <button type="button" class="button button-small">"Suspend"</button>
                <button type="button" class="button button-small">"Revoke…"</button>
            </div>
        </Card>
        <Card title="Toasts">
            <div class="stack">
                <Toast message="The license is suspended." undo=Some(Undo { to: SetTheme::url(), fields: vec![("theme", String::new())] })/>
                <Toast message="The limits are changed."/>
                <Toast message=format!("{HOSTILE} is erased.")/>
            </div>
        </Card>
    }
}
