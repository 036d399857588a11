//! Search for everything that a mail may hold: keys, addresses, hosts, names, machines and ids.
//!
//! [`domain::search::SearchText`] reads the text, [`lookups`] has one look-up per index, and [`find`]
//! returns hits of every kind. The list of licenses of the dashboard uses the same look-ups.

mod find;
mod fold_terms;
mod hits;
mod key;
pub(crate) mod lookups;

pub use find::find;
pub use fold_terms::fold_pending_terms;
pub(crate) use key::license_of_keys;
