//! Countersign's schema, for SQLite and PostgreSQL alike.
//!
//! A migration is a pair: a Rust module that says what it is called, and a file
//! of SQL beside it, written once for both databases with the few words that
//! differ between them left open (see [`dialect`]); what is done on one of them
//! alone has a file of its own. Every constraint and index
//! has a name, because error handling reads the names. What has been released
//! is never edited: write the next one.

mod dialect;
mod m20261122_000001_create_schema;
mod m20261122_000002_add_machines;
mod m20261122_000003_add_machine_rules;
mod m20261124_000004_slim_tables;
mod m20261125_000005_plan_for_growth;
mod m20261126_000006_search_domains;
mod m20261126_000007_mark_lapsed;
mod m20261126_000008_filter_lists;
mod m20261126_000009_drop_list_indexes;

use sea_orm_migration::prelude::*;

/// All migrations, the oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_schema::Migration),
            Box::new(m20261122_000002_add_machines::Migration),
            Box::new(m20261122_000003_add_machine_rules::Migration),
            Box::new(m20261124_000004_slim_tables::Migration),
            Box::new(m20261125_000005_plan_for_growth::Migration),
            Box::new(m20261126_000006_search_domains::Migration),
            Box::new(m20261126_000007_mark_lapsed::Migration),
            Box::new(m20261126_000008_filter_lists::Migration),
            Box::new(m20261126_000009_drop_list_indexes::Migration),
        ]
    }
}
