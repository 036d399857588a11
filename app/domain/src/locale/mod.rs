//! Texts of the customer's page in several languages, in the Fluent format (<https://projectfluent.org>).

mod accept_language;
mod locales;
mod messages;
mod texts;

pub use locales::Locales;
pub use texts::{TextValue, Texts};
