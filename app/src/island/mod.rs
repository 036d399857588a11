//! Islands: components with state in the browser, on pages that are rendered on the server alone. Their
//! properties are small, and they get no context.

mod browser;
mod copy_button;
mod copy_text_of;
mod customer_suggestions;
mod light_dismiss;
mod shortcuts;

pub use copy_button::CopyButton;
pub use copy_text_of::CopyTextOf;
pub use customer_suggestions::CustomerSuggestions;
pub use shortcuts::Shortcuts;

/// Prepares the hydration of islands.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
