//! Imports of licenses.

mod checks;
mod crashes;
mod removal;
pub mod support;
mod terms;
