//! Light dismiss: closes popovers on Escape or a click outside. In the browser only.

/// Registers the listeners until the caller's owner is disposed. `open` and `menu` select `<details>`
/// elements.
///
/// Escape closes the `open` element that contains the focus and moves the focus to its summary. If the focus
/// is outside of all of them and not in a field, the first `open` element is closed. A click outside closes
/// every `menu`. Elements with `data-panel` open the panel with that id, which counts as their content.
pub(crate) fn on_light_dismiss(open: &'static str, menu: &'static str) {
    #[cfg(not(feature = "ssr"))]
    {
        use leptos::prelude::*;
        let keys = window_event_listener(leptos::ev::keydown, move |event| {
            let is_dismissal = event.key() == "Escape" && !event.is_composing() && !event.default_prevented();
            if is_dismissal && browser::close(open) {
                event.prevent_default();
            }
        });
        let clicks = window_event_listener(leptos::ev::click, move |event| {
            browser::close_others(menu, event.target());
        });
        on_cleanup(move || {
            keys.remove();
            clicks.remove();
        });
    }
    #[cfg(feature = "ssr")]
    let _ = (open, menu);
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use web_sys::wasm_bindgen::JsCast as _;
    use web_sys::{Element, EventTarget, HtmlElement, Node};

    /// Closes one element that matches `open`. Returns whether there was one.
    pub fn close(open: &str) -> bool {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else { return false };
        let focused = document.active_element();
        let in_field = focused
            .as_ref()
            .is_some_and(|focused| matches!(focused.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
        let around = focused.and_then(|focused| focused.closest(open).ok().flatten());
        let first = || (!in_field).then(|| document.query_selector(open).ok().flatten()).flatten();
        let Some(details) = around.or_else(first) else { return false };
        let _ = details.remove_attribute("open");
        let summary = details.query_selector("summary").ok().flatten();
        if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
            let _ = summary.focus();
        }
        true
    }

    pub fn close_others(menu: &str, clicked: Option<EventTarget>) {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
        let Ok(menus) = document.query_selector_all(menu) else { return };
        let clicked = clicked.and_then(|clicked| clicked.dyn_into::<Node>().ok());
        for index in 0..menus.length() {
            let Some(details) = menus.get(index).and_then(|menu| menu.dyn_into::<Element>().ok()) else {
                continue;
            };
            let panel = details.get_attribute("data-panel").and_then(|id| document.get_element_by_id(&id));
            let is_inside = details.contains(clicked.as_ref())
                || panel.is_some_and(|panel| panel.contains(clicked.as_ref()));
            if !is_inside {
                let _ = details.remove_attribute("open");
            }
        }
    }
}
