//! Tests of the machine use cases.

mod activations;
mod machine_cache;
mod meters;
mod offline;
mod rules;
mod signing_keys;
pub mod support;
mod trial;
