//! Countersign's schema for SQLite and PostgreSQL.
//!
//! A migration is a Rust module, which names it, and a SQL file beside it for both
//! databases, with placeholders for words that differ (see [`dialect`]). Statements for
//! one database only have a separate file. Every constraint and index has a name, because
//! error handling reads the names. Released migrations are never edited: add a new one.

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
mod m20261129_000010_add_periods;
mod m20261129_000011_share_slots;
mod m20261129_000012_rotate_master_key;
mod m20261129_000013_manage_customers;
mod m20261129_000014_add_bulk_jobs;
mod m20261129_000015_archive_products;
mod m20261129_000016_fold_search_terms;
mod m20261129_000017_explain_refusals;
mod m20261129_000018_add_license_imports;
mod m20261129_000019_mark_unused;
mod m20261129_000020_keep_former_keys;
mod m20261129_000021_add_invitations;
mod m20261129_000022_seal_audit_entries;
mod m20261129_000023_secure_sign_in;
mod m20261129_000024_suspend_sellers;
mod m20261129_000025_add_mail;
mod m20261130_000026_add_customer_page;
mod m20261130_000027_write_to_customers;
mod m20261130_000028_filter_by_customers;
mod m20261130_000040_activate_offline;
mod m20261201_000029_scope_tokens;
mod m20261201_000031_add_license_templates;
mod m20261201_000032_override_rules;
mod m20261201_000033_show_metadata;
mod m20261201_000034_list_licenses;
mod m20261201_000035_describe_customers;
mod m20261201_000036_add_tags;
mod m20261201_000037_log_changes;
mod m20261201_000038_add_webhooks;
mod m20261201_000039_mark_expiry_events;
mod m20261201_000041_list_activations;
mod m20261201_000042_connect_shops;
mod m20261201_000044_add_trial_policies;
mod m20261201_000045_add_sign_up_links;
mod m20261201_000046_mark_test_events;
mod m20261201_000047_upgrade_nodes;
mod m20261201_000048_trace_deliveries;
mod m20261201_000050_tell_changes;
mod m20261201_000051_leave_prices;
mod m20261201_000052_date_payments;
mod m20261201_000053_add_acme;
mod m20261201_000054_note_visits;
mod m20261201_000055_describe_trials;
mod m20261201_000056_bound_logs;
mod m20261201_000057_check_logs;
mod m20261201_000058_partition_logs;

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
            Box::new(m20261129_000010_add_periods::Migration),
            Box::new(m20261129_000011_share_slots::Migration),
            Box::new(m20261129_000012_rotate_master_key::Migration),
            Box::new(m20261129_000013_manage_customers::Migration),
            Box::new(m20261129_000014_add_bulk_jobs::Migration),
            Box::new(m20261129_000015_archive_products::Migration),
            Box::new(m20261129_000016_fold_search_terms::Migration),
            Box::new(m20261129_000017_explain_refusals::Migration),
            Box::new(m20261129_000018_add_license_imports::Migration),
            Box::new(m20261129_000019_mark_unused::Migration),
            Box::new(m20261129_000020_keep_former_keys::Migration),
            Box::new(m20261129_000021_add_invitations::Migration),
            Box::new(m20261129_000022_seal_audit_entries::Migration),
            Box::new(m20261129_000023_secure_sign_in::Migration),
            Box::new(m20261129_000024_suspend_sellers::Migration),
            Box::new(m20261129_000025_add_mail::Migration),
            Box::new(m20261130_000026_add_customer_page::Migration),
            Box::new(m20261130_000027_write_to_customers::Migration),
            Box::new(m20261130_000028_filter_by_customers::Migration),
            Box::new(m20261201_000029_scope_tokens::Migration),
            Box::new(m20261201_000031_add_license_templates::Migration),
            Box::new(m20261201_000032_override_rules::Migration),
            Box::new(m20261201_000033_show_metadata::Migration),
            Box::new(m20261201_000034_list_licenses::Migration),
            Box::new(m20261201_000035_describe_customers::Migration),
            Box::new(m20261201_000036_add_tags::Migration),
            Box::new(m20261201_000037_log_changes::Migration),
            Box::new(m20261201_000038_add_webhooks::Migration),
            Box::new(m20261201_000039_mark_expiry_events::Migration),
            Box::new(m20261130_000040_activate_offline::Migration),
            Box::new(m20261201_000041_list_activations::Migration),
            Box::new(m20261201_000042_connect_shops::Migration),
            Box::new(m20261201_000044_add_trial_policies::Migration),
            Box::new(m20261201_000045_add_sign_up_links::Migration),
            Box::new(m20261201_000046_mark_test_events::Migration),
            Box::new(m20261201_000047_upgrade_nodes::Migration),
            Box::new(m20261201_000048_trace_deliveries::Migration),
            Box::new(m20261201_000050_tell_changes::Migration),
            Box::new(m20261201_000051_leave_prices::Migration),
            Box::new(m20261201_000052_date_payments::Migration),
            Box::new(m20261201_000053_add_acme::Migration),
            Box::new(m20261201_000054_note_visits::Migration),
            Box::new(m20261201_000055_describe_trials::Migration),
            Box::new(m20261201_000056_bound_logs::Migration),
            Box::new(m20261201_000057_check_logs::Migration),
            Box::new(m20261201_000058_partition_logs::Migration),
        ]
    }
}
