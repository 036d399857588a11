//! Machines.

mod keys;
mod known;
mod meters;
mod offline;
mod rules;
mod seats;
pub mod support;
mod trial;
