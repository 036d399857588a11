//! Notices of activations, to the customers of the licenses.
//!
//! An activation writes nothing for them: a worker reads the audit entries of the accounts that want notices,
//! in the order of their ids, like the worker that seals them.

mod announce;
mod entries;
mod prepare;
mod subject;

pub use announce::{NoticeTurns, announce_activations};
