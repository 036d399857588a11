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
                .filter(|e| e.get_attribute("type").as_deref() != Some("checkbox"))
                .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
            let chord = event.ctrl_key() || event.meta_key() || event.alt_key();
            if !typing && !chord && has_shortcuts() && handle(&event.key()) {
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

/// Opens a page of this site and returns whether it succeeded. In the browser only.
pub(crate) fn visit(path: &str) -> bool {
    #[cfg(not(feature = "ssr"))]
    {
        use web_sys::wasm_bindgen::JsCast as _;
        let Some(document) = web_sys::window().and_then(|window| window.document()) else { return false };
        // A click on a link lets Turbo follow it without a reload.
        let link = document.create_element("a").ok().filter(|link| link.set_attribute("href", path).is_ok());
        let link = link.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok());
        let (Some(link), Some(body)) = (link, document.body()) else { return false };
        link.set_hidden(true);
        let is_added = body.append_child(&link).is_ok();
        link.click();
        link.remove();
        is_added
    }
    #[cfg(feature = "ssr")]
    {
        let _ = path;
        false
    }
}

/// The key of the browser's storage that tells whether shortcuts of one key are off.
#[cfg(not(feature = "ssr"))]
const SHORTCUTS_KEY: &str = "countersign-shortcuts";

#[cfg(not(feature = "ssr"))]
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// Returns whether shortcuts of one key are on. They are unless the user switched them off in this browser
/// (WCAG 2.2, 2.1.4).
pub(crate) fn has_shortcuts() -> bool {
    #[cfg(not(feature = "ssr"))]
    {
        storage().and_then(|storage| storage.get_item(SHORTCUTS_KEY).ok().flatten()).as_deref() != Some("off")
    }
    #[cfg(feature = "ssr")]
    {
        true
    }
}

/// Switches shortcuts of one key on or off in this browser.
pub(crate) fn set_shortcuts(is_on: bool) {
    #[cfg(not(feature = "ssr"))]
    if let Some(storage) = storage() {
        let _ = storage.set_item(SHORTCUTS_KEY, if is_on { "on" } else { "off" });
    }
    #[cfg(feature = "ssr")]
    let _ = is_on;
}

/// Calls `handle` when `key` is pressed together with Ctrl or ⌘, also in fields. In the browser only.
pub(crate) fn on_chord(key: &'static str, handle: impl Fn() -> bool + 'static) {
    #[cfg(not(feature = "ssr"))]
    {
        use leptos::prelude::*;
        let listening = window_event_listener(leptos::ev::keydown, move |event| {
            let is_chord = event.ctrl_key() != event.meta_key() && !event.alt_key() && !event.shift_key();
            if is_chord && event.key().eq_ignore_ascii_case(key) && handle() {
                event.prevent_default();
            }
        });
        on_cleanup(move || listening.remove());
    }
    #[cfg(feature = "ssr")]
    let _ = (key, handle);
}

/// Opens a modal dialog, unless it is open, and returns whether it is. In the browser only.
pub(crate) fn show_modal(dialog: &web_sys::HtmlDialogElement) -> bool {
    dialog.open() || dialog.show_modal().is_ok()
}

/// Returns whether a click hit a dialog itself, not its content: the backdrop.
pub(crate) fn is_on_dialog(click: &web_sys::MouseEvent) -> bool {
    use web_sys::wasm_bindgen::JsCast as _;
    let target = click.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.tag_name() == "DIALOG")
}

/// Scrolls an element into view. In the browser only.
pub(crate) fn scroll_to(id: &str) {
    #[cfg(not(feature = "ssr"))]
    if let Some(element) = element::<web_sys::Element>(id) {
        element.scroll_into_view_with_bool(false);
    }
    #[cfg(feature = "ssr")]
    let _ = id;
}

/// Posts one form field to a server function and returns the text of its answer. `None` if the server
/// refuses or cannot be reached.
#[allow(clippy::unused_async, reason = "asynchronous in the browser only")]
pub(crate) async fn post_form(path: &str, name: &str, value: &str) -> Option<String> {
    #[cfg(not(feature = "ssr"))]
    {
        use wasm_bindgen_futures::JsFuture;
        use web_sys::js_sys::encode_uri_component;
        use web_sys::wasm_bindgen::JsCast as _;
        let headers = web_sys::Headers::new().ok()?;
        headers.set("Accept", "application/json").ok()?;
        headers.set("Content-Type", "application/x-www-form-urlencoded").ok()?;
        let request = web_sys::RequestInit::new();
        request.set_method("POST");
        request.set_headers(&headers);
        request.set_body(&format!("{name}={}", encode_uri_component(value)).into());
        let answer = JsFuture::from(web_sys::window()?.fetch_with_str_and_init(path, &request)).await.ok()?;
        let answer: web_sys::Response = answer.dyn_into().ok()?;
        let text = answer.text().ok().filter(|_| answer.ok())?;
        JsFuture::from(text).await.ok()?.as_string()
    }
    #[cfg(feature = "ssr")]
    {
        let _ = (path, name, value);
        None
    }
}

/// Checks or unchecks all checkboxes of a name. In the browser only.
pub(crate) fn check_all(name: &str, checked: bool) {
    #[cfg(not(feature = "ssr"))]
    for checkbox in checkboxes(name) {
        checkbox.set_checked(checked);
    }
    #[cfg(feature = "ssr")]
    let _ = (name, checked);
}

/// Returns the number of checked checkboxes of a name, and of all. Zero on the server.
pub(crate) fn count_checked(name: &str) -> (usize, usize) {
    #[cfg(not(feature = "ssr"))]
    {
        let all = checkboxes(name);
        (all.iter().filter(|checkbox| checkbox.checked()).count(), all.len())
    }
    #[cfg(feature = "ssr")]
    {
        let _ = name;
        (0, 0)
    }
}

#[cfg(not(feature = "ssr"))]
fn checkboxes(name: &str) -> Vec<web_sys::HtmlInputElement> {
    use web_sys::wasm_bindgen::JsCast as _;
    let found = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector_all(&format!("input[name=\"{name}\"]")).ok());
    let Some(found) = found else { return Vec::new() };
    (0..found.length()).filter_map(|n| found.item(n)?.dyn_into().ok()).collect()
}

/// Calls `handle` after each change of a field, until the next call of this function. In the browser only.
pub(crate) fn on_change(handle: impl Fn() + 'static) {
    #[cfg(not(feature = "ssr"))]
    {
        use leptos::prelude::*;
        use std::cell::Cell;
        // Owners of islands are never disposed, so that a listener lives longer than its page.
        thread_local! {
            static LATEST: Cell<u32> = const { Cell::new(0) };
        }
        let number = LATEST.get().wrapping_add(1);
        LATEST.set(number);
        let on_event = move |_| {
            if LATEST.get() == number {
                handle();
            }
        };
        window_event_listener(leptos::ev::change, on_event);
    }
    #[cfg(feature = "ssr")]
    drop(handle);
}

/// Clicks the link that refreshes the page at `path`, every `period` while the page has that link. In
/// the browser only.
pub(crate) fn refresh_every(period: std::time::Duration, path: String) {
    #[cfg(not(feature = "ssr"))]
    {
        use leptos::prelude::*;
        use std::cell::Cell;
        use std::rc::Rc;
        let interval: Rc<Cell<Option<IntervalHandle>>> = Rc::default();
        let started = Rc::clone(&interval);
        let tick = move || {
            if !is_idle() {
                return;
            }
            if !click(&format!("a[data-refresh][href=\"{path}\"]"))
                && let Some(interval) = interval.take()
            {
                interval.clear();
            }
        };
        started.set(set_interval_with_handle(tick, period).ok());
    }
    #[cfg(feature = "ssr")]
    let _ = (period, path);
}

/// Returns whether a refresh disturbs nothing: no dialog is open, no field has the focus, and no visit runs.
#[cfg(not(feature = "ssr"))]
fn is_idle() -> bool {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return false };
    let busy = "dialog:modal, html[aria-busy], input:focus, textarea:focus, select:focus";
    document.query_selector(busy).ok().flatten().is_none()
}

#[cfg(not(feature = "ssr"))]
fn click(selector: &str) -> bool {
    use web_sys::wasm_bindgen::JsCast as _;
    let found = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector(selector).ok().flatten());
    let link = found.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok());
    link.inspect(web_sys::HtmlElement::click).is_some()
}
