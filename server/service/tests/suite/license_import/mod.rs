//! Imports of licenses.

mod checks;
mod crashes;
mod removal;
mod support;
mod terms;
