//! The seller's name, logo text and color on the customer's page.

mod change;
mod color;
mod settings;
mod style_sheet;

pub use change::BrandChange;
pub use color::{Color, MIN_CONTRAST};
pub use settings::Brand;
pub use style_sheet::{Accent, accents, style_sheet, version};
