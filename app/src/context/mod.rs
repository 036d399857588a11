//! Access of pages and server functions to their environment. The only module that distinguishes the server
//! (feature `ssr`) from the browser.

use domain::Timestamp;

use crate::Flash;

mod light_dismiss;
#[cfg(feature = "ssr")]
mod one_time_text;
#[cfg(feature = "ssr")]
mod server;

pub(crate) use light_dismiss::on_light_dismiss;
#[cfg(feature = "ssr")]
pub(crate) use one_time_text::{store_one_time_text, take_one_time_text};
#[cfg(feature = "ssr")]
pub use server::*;

/// Returns the current time of the server's or the browser's clock.
pub(crate) fn now() -> Timestamp {
    #[cfg(feature = "ssr")]
    {
        request().map(|r| r.service.now()).unwrap_or_default()
    }
    #[cfg(not(feature = "ssr"))]
    {
        #[allow(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
        Timestamp::from_millis(web_sys::js_sys::Date::now() as i64)
    }
}

/// Returns the flash of the form that failed before this page load.
pub(crate) fn flash() -> Option<Flash> {
    #[cfg(feature = "ssr")]
    {
        request().ok()?.flash.map(|flash| (*flash).clone())
    }
    #[cfg(not(feature = "ssr"))]
    {
        None
    }
}

/// Returns the chosen theme. `None` follows the system's setting.
pub(crate) fn theme() -> Option<&'static str> {
    #[cfg(feature = "ssr")]
    {
        request().ok()?.theme
    }
    #[cfg(not(feature = "ssr"))]
    {
        None
    }
}

/// Sets the status of the response to 404.
pub(crate) fn not_found() {
    #[cfg(feature = "ssr")]
    status(http::StatusCode::NOT_FOUND);
}

/// Returns whether the clipboard is available. Browsers provide it in secure contexts only, not over plain
/// HTTP.
pub(crate) fn has_clipboard() -> bool {
    #[cfg(not(feature = "ssr"))]
    {
        web_sys::window().is_some_and(|window| window.is_secure_context())
    }
    #[cfg(feature = "ssr")]
    {
        false
    }
}

/// Copies a text to the clipboard. Returns whether it succeeded.
#[allow(clippy::unused_async, reason = "asynchronous in the browser only")]
pub(crate) async fn copy(text: String) -> bool {
    #[cfg(not(feature = "ssr"))]
    {
        let Some(window) = web_sys::window() else { return false };
        let written = window.navigator().clipboard().write_text(&text);
        wasm_bindgen_futures::JsFuture::from(written).await.is_ok()
    }
    #[cfg(feature = "ssr")]
    {
        drop(text);
        false
    }
}

/// Marks the document as hydrated, so that browser tests do not click too early.
pub(crate) fn mark_hydrated() {
    #[cfg(not(feature = "ssr"))]
    if let Some(root) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element()) {
        let _ = root.set_attribute("data-hydrated", "yes");
    }
}

/// Calls `handle` for keys pressed outside of fields. In the browser only.
pub(crate) fn on_shortcut(handle: impl Fn(&str) -> bool + 'static) {
    #[cfg(not(feature = "ssr"))]
    {
        use leptos::prelude::*;
        use web_sys::wasm_bindgen::JsCast as _;
        let listening = window_event_listener(leptos::ev::keydown, move |event| {
            let typing = event
                .target()
                .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
                .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
            let chord = event.ctrl_key() || event.meta_key() || event.alt_key();
            if !typing && !chord && handle(&event.key()) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listening.remove());
    }
    #[cfg(feature = "ssr")]
    drop(handle);
}

#[cfg(not(feature = "ssr"))]
fn element<T: web_sys::wasm_bindgen::JsCast>(id: &str) -> Option<T> {
    use web_sys::wasm_bindgen::JsCast as _;
    web_sys::window()?.document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Focuses an element and returns whether it succeeded. In the browser only.
pub(crate) fn focus(id: &str) -> bool {
    #[cfg(not(feature = "ssr"))]
    {
        element::<web_sys::HtmlElement>(id).is_some_and(|e| e.focus().is_ok())
    }
    #[cfg(feature = "ssr")]
    {
        let _ = id;
        false
    }
}

/// Focuses the first invalid field of the form around `note`. Without an invalid field it focuses `note`, the
/// error message, because it may be outside of the viewport. In the browser only.
pub(crate) fn focus_first_error(note: &web_sys::HtmlElement) {
    #[cfg(not(feature = "ssr"))]
    {
        use web_sys::wasm_bindgen::JsCast as _;
        let note = note.clone();
        // In the next frame, after the fields are marked as invalid.
        leptos::prelude::request_animation_frame(move || {
            let form = note.closest("form").ok().flatten();
            let fault = form.and_then(|form| form.query_selector("[aria-invalid=true]").ok().flatten());
            let fault = fault.and_then(|fault| fault.dyn_into::<web_sys::HtmlElement>().ok());
            let _ = fault.unwrap_or(note).focus();
        });
    }
    #[cfg(feature = "ssr")]
    let _ = note;
}

/// Resets the form within an element. In the browser only.
pub(crate) fn reset_form(around: &web_sys::Element) {
    #[cfg(not(feature = "ssr"))]
    {
        use web_sys::wasm_bindgen::JsCast as _;
        let form = around.query_selector("form").ok().flatten();
        if let Some(form) = form.and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok()) {
            form.reset();
        }
    }
    #[cfg(feature = "ssr")]
    let _ = around;
}

/// Replaces the text of a field. In the browser only.
pub(crate) fn fill(id: &str, text: &str) {
    #[cfg(not(feature = "ssr"))]
    if let Some(field) = element::<web_sys::HtmlInputElement>(id) {
        field.set_value(text);
    }
    #[cfg(feature = "ssr")]
    let _ = (id, text);
}
