//! Keyboard shortcuts, their list, and the light dismiss of popovers.

use std::cell::Cell;

use leptos::prelude::*;

use super::browser;
use super::light_dismiss::on_light_dismiss;

/// The open popovers: menus and the panels of actions.
const POPOVER_SELECTOR: &str = "details.menu[open], details.action[open], details.site-menu[open]";
/// The popovers that close on a click outside. Panels do not, because they may hold typed text.
const MENU_SELECTOR: &str = "details.menu[open], details.site-menu[open]";

/// The shortcuts, besides those of the palette: `g l` opens the licenses, `?` shows the list. Escape closes the
/// popover with the focus, and a click outside closes the menu.
#[island]
pub fn Shortcuts() -> impl IntoView {
    let (help, set_help) = signal(false);
    Effect::new(move |_| {
        on_light_dismiss(POPOVER_SELECTOR, MENU_SELECTOR);
        let after_g = Cell::new(false);
        browser::on_shortcut(move |key| match (after_g.replace(key == "g"), key) {
            (true, "l") => browser::visit("/licenses"),
            (true, "p") => browser::visit("/products"),
            (true, "o") => browser::visit("/"),
            (_, "?") => {
                set_help.update(|shown| *shown = !*shown);
                true
            }
            _ => false,
        });
    });
    view! {
        <div class="shortcuts" role="status" hidden=move || !help.get()>
            <kbd>"/"</kbd> " or " <kbd>"Ctrl K"</kbd> " search · " <kbd>"g l"</kbd> " licenses · " <kbd>"g p"</kbd> " products · "
            <kbd>"g o"</kbd> " overview · " <kbd>"?"</kbd> " this list"
        </div>
    }
}
