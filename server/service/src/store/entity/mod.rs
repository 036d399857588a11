//! Entities: the rows of each table. The service returns domain types instead, so that a page that uses
//! an entity does not compile.

pub mod accounts;
pub mod activations;
pub mod api_tokens;
pub mod audit_amendments;
pub mod audit_chains;
pub mod audit_entries;
pub mod audit_seals;
pub mod bulk_job_items;
pub mod bulk_jobs;
pub mod customer_links;
pub mod customer_terms;
pub mod customers;
pub mod daily_counts;
pub mod form_tokens;
pub mod former_license_keys;
pub mod instance;
pub mod invitations;
pub mod license_import_chunks;
pub mod license_import_faults;
pub mod license_imports;
pub mod license_metadata;
pub mod license_notes;
pub mod license_refusals;
pub mod licenses;
pub mod mails;
pub mod memberships;
pub mod nodes;
pub mod outbox_events;
pub mod password_resets;
pub mod products;
pub mod recovery_codes;
pub mod sessions;
pub mod signing_keys;
pub mod trials;
pub mod users;
