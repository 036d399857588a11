//! Server functions: the private API of the pages, authenticated by the session cookie only.
//!
//! Each function resolves the actor, parses its arguments, calls the service and maps the error.

#![allow(
    clippy::unused_async,
    missing_docs,
    reason = "the macro generates a struct from each function, with its arguments as fields"
)]

pub mod api_token;
pub mod audit;
pub mod bulk_job;
pub mod customer;
pub mod customer_mail;
pub mod customer_page;
pub mod customer_page_settings;
pub mod invitation;
pub mod license;
pub mod license_import;
pub mod license_page;
pub mod license_rules;
pub mod license_template;
pub mod mail;
pub mod member;
pub mod offline;
pub mod operator;
pub mod organization;
pub mod overview;
pub mod own_account;
pub mod password_reset;
pub mod product;
pub mod search;
pub mod session;
pub mod set_up;
pub mod shop;
pub mod sign_up;
pub mod tag;
pub mod trial_policy;
pub mod webhook;
