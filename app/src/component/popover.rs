//! What opens over the page closes when one turns away from it.

use leptos::prelude::*;

use crate::context;

/// What can be closed so: the menu, and the panels of actions.
const POPOVER_SELECTOR: &str = "details.account[open], details.action[open]";
/// What closes by itself when something else is clicked: in a panel something may be typed.
const MENU_SELECTOR: &str = "details.account[open]";

/// Escape closes what the focus is in, and gives it back to what opened it; a click elsewhere
/// closes the menu.
pub fn enable_light_dismiss() {
    Effect::new(|_| context::on_light_dismiss(POPOVER_SELECTOR, MENU_SELECTOR));
}
