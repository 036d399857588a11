//! Islands: components with state in the browser, on pages that are rendered on the server alone. Their
//! properties are small, and they get no context.

mod auto_refresh;
mod browser;
mod copy_button;
mod light_dismiss;
mod palette;
mod select_page;
mod shortcuts;

pub use auto_refresh::AutoRefresh;
pub use copy_button::CopyButton;
pub use palette::{Palette, PaletteItem};
pub use select_page::SelectPage;
pub use shortcuts::Shortcuts;

/// Prepares the hydration of islands.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
