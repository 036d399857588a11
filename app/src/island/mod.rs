//! Islands: components with state in the browser, on pages that are rendered on the server alone. Their
//! properties are small, and they get no context.

mod auto_refresh;
mod browser;
mod copy_button;
mod copy_text_of;
mod customer_suggestions;
mod light_dismiss;
mod palette;
mod select_page;
mod shortcuts;

pub use auto_refresh::AutoRefresh;
pub use copy_button::CopyButton;
pub use copy_text_of::CopyTextOf;
pub use customer_suggestions::CustomerSuggestions;
pub use palette::{Palette, PaletteItem};
pub use select_page::SelectPage;
pub use shortcuts::Shortcuts;

/// Prepares the hydration of islands.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
