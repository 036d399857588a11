//! Access of islands to the browser. The only module that distinguishes the browser from the server (feature
//! `ssr`), where islands are rendered and these functions do nothing.

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

/// Returns the text of an element. In the browser only.
pub(crate) fn text_of(id: &str) -> Option<String> {
    #[cfg(not(feature = "ssr"))]
    {
        element::<web_sys::HtmlElement>(id)?.text_content()
    }
    #[cfg(feature = "ssr")]
    {
        let _ = id;
        None
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

/// Opens a page of this site and returns whether it succeeded. In the browser only.
pub(crate) fn visit(path: &str) -> bool {
    #[cfg(not(feature = "ssr"))]
    {
        use web_sys::wasm_bindgen::JsCast as _;
        let Some(window) = web_sys::window() else { return false };
        // A click on a link of the page lets Turbo follow it without a reload.
        let link = window
            .document()
            .and_then(|document| document.query_selector(&format!("a[href=\"{path}\"]")).ok().flatten());
        match link.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok()) {
            Some(link) => {
                link.click();
                true
            }
            None => window.location().set_href(path).is_ok(),
        }
    }
    #[cfg(feature = "ssr")]
    {
        let _ = path;
        false
    }
}
