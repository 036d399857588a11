//! Machines.

mod keys;
mod meters;
mod offline;
mod rules;
mod seats;
mod support;
mod trial;
