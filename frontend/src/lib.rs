//! The wasm entry point.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the islands of the server-rendered page.
#[wasm_bindgen]
pub fn hydrate() {
    app::island::hydrate();
}
