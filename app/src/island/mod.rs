//! Islands: components with state in the browser, on pages that are rendered on the server alone. Their
//! properties are small, and they get no context.

mod browser;
mod copy_button;
mod light_dismiss;
mod palette;
mod shortcuts;

pub use copy_button::CopyButton;
pub use palette::{Palette, PaletteItem};
pub use shortcuts::Shortcuts;

/// Prepares the hydration of islands.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
