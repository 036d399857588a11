//! Use cases of Countersign and their persistence.
//!
//! One file per verb. A seller's use case takes an [`Actor`] first, checks its permission in its
//! first line, and restricts every query to the actor's account. Every change writes its audit
//! entry and its outbox event in the same transaction (see [`store`]).

pub mod access;
pub mod account;
pub mod activation;
pub mod activation_log;
mod actor;
pub mod api_token;
pub mod audit;
pub mod backup;
pub mod bulk_job;
mod cache;
pub mod cache_invalidation;
pub mod certificate;
mod clock;
pub mod consistency_check;
pub mod counters;
mod current_share;
pub mod customer;
pub mod customer_page;
pub mod demo;
pub mod domain_activation;
mod error;
pub mod event_log;
pub mod form_token;
pub mod idempotency;
pub mod inspection;
pub mod key_rotation;
mod leader_election;
pub mod license;
pub mod license_import;
pub mod license_template;
mod listing;
pub mod live;
pub mod machine;
pub mod machine_activation;
pub mod mail;
pub mod member;
pub mod metrics;
pub mod node;
pub mod operator;
mod operator_notices;
pub mod organization;
pub mod overview;
pub mod partition;
pub mod product;
mod prune;
pub mod purchase;
mod random;
pub mod search;
pub mod secrets;
mod service;
pub mod session;
pub mod sign_up;
pub mod signing;
pub mod store;
mod stored_principal;
#[cfg(test)]
mod stored_words;
mod supervise;
pub mod tag;
mod throttle_windows;
pub mod trace;
pub mod trial;
pub mod trial_policy;
mod unicode_host;
mod usage;
mod version;
pub mod webhook;

pub use actor::{Actor, Principal};
pub use cache::CacheUse;
pub use clock::Clock;
pub use current_share::CurrentShare;
pub use error::{Error, Result};
pub use leader_election::{BackgroundJob, JobUse};
pub use operator_notices::{NoticeKind, OperatorNotices};
pub use prune::{RetentionPolicy, prune};
pub use random::{new_id, random_id, token};
pub use service::Service;
pub use supervise::supervise;
pub use usage::Backlog;
