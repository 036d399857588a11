//! Machines.

mod keys;
mod known;
mod meters;
mod offline;
mod rules;
mod seats;
mod support;
mod trial;
