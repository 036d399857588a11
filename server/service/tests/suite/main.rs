//! Tests of the use cases, on SQLite and on PostgreSQL.

mod account;
mod activation;
mod background;
mod batch_loading;
mod bulk_job;
mod cache_invalidation;
mod customer;
mod demo;
mod key_rotation;
mod license;
mod license_import;
mod license_page;
mod list;
mod lock_contention;
mod machine;
mod migration;
mod plans;
mod product;
mod race;
mod refusals;
mod search;
mod secrets;
mod slot_scope;
mod stored_words;
mod tenant_isolation;
mod usage;
