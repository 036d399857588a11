//! Light dismiss for popovers: Escape or a click outside closes them.

use leptos::prelude::*;

use crate::context;

/// The open popovers: the account menu and the panels of actions.
const POPOVER_SELECTOR: &str = "details.account[open], details.action[open]";
/// The popovers that close on a click outside. Panels do not, because they may hold typed text.
const MENU_SELECTOR: &str = "details.account[open]";

/// Enables light dismiss: Escape closes the popover with the focus, a click outside closes the menu.
pub fn enable_light_dismiss() {
    Effect::new(|_| context::on_light_dismiss(POPOVER_SELECTOR, MENU_SELECTOR));
}
