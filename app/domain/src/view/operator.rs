//! Read models of the operator's pages, and of a suspended account.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::webhook::WebhookHealth;
use crate::certificate_order::{CertificateState, certificate_state};
use crate::{AccountId, FieldError, Timestamp};

/// Longest slug of an account, in characters, with the number of a second account of the same name.
const MAX_SLUG: usize = 80;

/// The query of the list of sellers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SellerQuery {
    /// The start of the name or of the slug.
    pub search: String,
    /// The position of the page; `None` is the first page.
    pub cursor: Option<SellerCursor>,
}

/// The cursor of a page: the sellers directly before or after a slug, in the order of slugs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerCursor {
    /// The page lies before the slug.
    pub backward: bool,
    /// The slug.
    pub slug: String,
}

impl fmt::Display for SellerCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", if self.backward { 'b' } else { 'f' }, self.slug)
    }
}

impl FromStr for SellerCursor {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let invalid = || FieldError::new("cursor", "This page link is not valid any more.");
        let (direction, slug) = s.split_once('.').ok_or_else(invalid)?;
        let backward = match direction {
            "b" => true,
            "f" => false,
            _ => return Err(invalid()),
        };
        let is_slug = (1..=MAX_SLUG).contains(&slug.len())
            && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if is_slug { Ok(Self { backward, slug: slug.to_owned() }) } else { Err(invalid()) }
    }
}

/// The suspension of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// When the operator suspended the account.
    pub at: Timestamp,
    /// The operator's reason.
    pub reason: String,
    /// Whether apps of the seller's customers are answered as for a suspended license.
    pub apps_stopped: bool,
}

/// A seller in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerRow {
    /// The account.
    pub account: AccountId,
    /// The name.
    pub name: String,
    /// The slug, which commands use.
    pub slug: String,
    /// Number of members.
    pub members: i64,
    /// Number of products.
    pub products: i64,
    /// Number of licenses, from the counters of the products.
    pub licenses: i64,
    /// When the account was created.
    pub created_at: Timestamp,
    /// The suspension, if the account is suspended.
    pub suspension: Option<Suspension>,
}

/// One page of the list of sellers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerPage {
    /// The sellers, by slug.
    pub items: Vec<SellerRow>,
    /// Cursor of the previous page, if any.
    pub previous: Option<SellerCursor>,
    /// Cursor of the next page, if any.
    pub next: Option<SellerCursor>,
}

/// The state of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseHealth {
    /// `SQLite` or `PostgreSQL`.
    pub kind: String,
    /// The version.
    pub version: String,
    /// Size of the SQLite file in bytes.
    pub file_bytes: Option<u64>,
    /// Size of SQLite's WAL in bytes.
    pub wal_bytes: Option<u64>,
}

/// A cache of this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheHealth {
    /// Number of entries.
    pub entries: u64,
    /// Used size in bytes.
    pub bytes: u64,
    /// Maximum size in bytes.
    pub max_bytes: u64,
}

/// Requests and work that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueHealth {
    /// Activations of domains that wait for their commit, on this node.
    pub domain_activations: u64,
    /// Activations of machines that wait for their commit, on this node.
    pub machine_activations: u64,
    /// The number at which further requests of each kind wait for a place.
    pub capacity: u64,
    /// Licenses and domains whose usage counts are not flushed, on this node.
    pub usage_counts: u64,
    /// Bulk jobs that run, on all nodes.
    pub bulk_jobs: u64,
    /// Imports that run, on all nodes.
    pub imports: u64,
}

/// The scheduled backups of this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHealth {
    /// The last backup that was written and verified.
    pub last_success: Option<Timestamp>,
    /// The last backup that failed since the start.
    pub last_failure: Option<Timestamp>,
}

impl BackupHealth {
    /// Returns whether the last backup failed.
    #[must_use]
    pub fn has_failed(self) -> bool {
        self.last_failure.is_some_and(|failure| self.last_success.is_none_or(|success| success < failure))
    }
}

/// The certificate that a node serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateHealth {
    /// The end of the certificate; `None` before the first one.
    pub expires_at: Option<Timestamp>,
    /// The next order; `None` if the certificate comes from files.
    pub next_order_at: Option<Timestamp>,
    /// Why the last order failed, with the remedy.
    pub failure: Option<String>,
}

impl CertificateHealth {
    /// Returns the state of the certificate.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> CertificateState {
        certificate_state(self.expires_at, self.failure.is_some(), now)
    }
}

/// The queue of mails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailHealth {
    /// Whether this node sends mail.
    pub is_on: bool,
    /// Mails that wait, on all nodes.
    pub queued: u64,
    /// The error of the last attempt to send the mail that is due next.
    pub error: Option<String>,
}

/// A server process of the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRow {
    /// The id, which is new with each start.
    pub id: String,
    /// The version of Countersign.
    pub version: String,
    /// The start.
    pub started_at: Timestamp,
    /// The last heartbeat.
    pub last_seen_at: Timestamp,
    /// Whether heartbeats arrive.
    pub is_alive: bool,
    /// Whether this node renders the page.
    pub is_self: bool,
}

/// The health of the instance, as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    /// Notices about settings that do not fit.
    pub notices: Vec<String>,
    /// The database.
    pub database: DatabaseHealth,
    /// Whether the workers of batches take requests.
    pub workers_run: bool,
    /// Whether changes of other processes arrive. Without them, verifications read the database.
    pub cache_is_current: bool,
    /// The license cache.
    pub licenses: CacheHealth,
    /// The machine cache.
    pub machines: CacheHealth,
    /// What waits.
    pub queues: QueueHealth,
    /// The queue of mails.
    pub mail: MailHealth,
    /// The webhooks of all sellers.
    pub webhooks: WebhookHealth,
    /// Scheduled backups.
    pub backups: BackupHealth,
    /// The certificate; `None` without TLS.
    pub certificate: Option<CertificateHealth>,
    /// The nodes, the last seen first.
    pub nodes: Vec<NodeRow>,
}

/// The newest part of the changelog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangelogPart {
    /// The heading, such as `Unreleased`.
    pub title: String,
    /// The changes, each one paragraph in Markdown.
    pub changes: Vec<String>,
}

/// The settings in force on a node, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsView {
    /// Names and values. Secrets are masked.
    pub settings: Vec<(String, String)>,
    /// The version of Countersign.
    pub version: String,
    /// The newest changes.
    pub changelog: ChangelogPart,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_of_sellers_round_trip() {
        for cursor in ["f.maple-software", "b.a-2"] {
            assert_eq!(
                cursor.parse::<SellerCursor>().map(|parsed| parsed.to_string()),
                Ok(cursor.to_owned())
            );
        }
        for text in ["", "f.", "x.maple", "maple", "f.Maple", "f.a b", &format!("f.{}", "a".repeat(81))] {
            assert!(text.parse::<SellerCursor>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_backup_has_failed_until_the_next_one_succeeds() {
        let at = |ms: i64| Some(Timestamp::from_millis(ms));
        for (last_success, last_failure, has_failed) in [
            (None, None, false),
            (None, at(1), true),
            (at(1), at(2), true),
            (at(3), at(2), false),
            (at(1), None, false),
        ] {
            assert_eq!(BackupHealth { last_success, last_failure }.has_failed(), has_failed);
        }
    }
}
