//! What opens over the page closes when one turns away from it.

use leptos::prelude::*;

use crate::ctx;

/// What can be closed so: the menu, and the panels of actions.
const OPEN: &str = "details.account[open], details.action[open]";
/// What closes by itself when something else is clicked: in a panel something may be typed.
const MENU: &str = "details.account[open]";

/// Escape closes what the focus is in, and gives it back to what opened it; a click elsewhere
/// closes the menu.
pub fn dismiss() {
    Effect::new(|_| ctx::on_turning_away(OPEN, MENU));
}
