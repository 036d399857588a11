//! The wasm entry point.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the server-rendered page.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
