//! Use cases, on both databases.

#[path = "../support/mod.rs"]
mod support;

mod account;
mod activation;
mod background;
mod cold;
mod demo;
mod freshness;
mod held;
mod license;
mod list;
mod machine;
mod migration;
mod plans;
mod race;
mod secrets;
mod tally;
mod tenant;
