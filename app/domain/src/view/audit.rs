//! The audit log: queries, pages, and the result of a verification.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;
use crate::{AuditEntryId, CustomerId, FieldError, LicenseId, ProductId, Timestamp};

/// The filter by actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuditActor {
    /// One member or one API token.
    Principal(Uuid),
    /// Apps of customers.
    Apps,
    /// Customers, on the customer's page.
    Customers,
    /// The operator.
    Operator,
    /// The server itself.
    Server,
}

impl fmt::Display for AuditActor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal(id) => id.fmt(f),
            Self::Apps => f.write_str("apps"),
            Self::Customers => f.write_str("customers"),
            Self::Operator => f.write_str("operator"),
            Self::Server => f.write_str("server"),
        }
    }
}

impl FromStr for AuditActor {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s {
            "apps" => Ok(Self::Apps),
            "customers" => Ok(Self::Customers),
            "operator" => Ok(Self::Operator),
            "server" => Ok(Self::Server),
            id => Uuid::parse_str(id)
                .map(Self::Principal)
                .map_err(|_| FieldError::new("actor", "This actor is not known.")),
        }
    }
}

/// The object of an entry, and the filter by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuditObject {
    /// A license.
    License(LicenseId),
    /// A product.
    Product(ProductId),
    /// A customer.
    Customer(CustomerId),
}

impl AuditObject {
    /// Returns the path of the object's page.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::License(id) => format!("/licenses/{id}"),
            Self::Product(id) => format!("/products/{id}"),
            Self::Customer(id) => format!("/customers/{id}"),
        }
    }
}

impl fmt::Display for AuditObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::License(id) => write!(f, "license:{id}"),
            Self::Product(id) => write!(f, "product:{id}"),
            Self::Customer(id) => write!(f, "customer:{id}"),
        }
    }
}

impl FromStr for AuditObject {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let invalid = || FieldError::new("object", "This object is not known.");
        let (kind, id) = s.split_once(':').ok_or_else(invalid)?;
        let id = Uuid::parse_str(id).map_err(|_| invalid())?;
        match kind {
            "license" => Ok(Self::License(LicenseId(id))),
            "product" => Ok(Self::Product(ProductId(id))),
            "customer" => Ok(Self::Customer(CustomerId(id))),
            _ => Err(invalid()),
        }
    }
}

/// The filter by action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuditAction {
    /// All but activations and releases, of which apps make most.
    Changes,
    /// One event.
    Event(Event),
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changes => f.write_str("changes"),
            Self::Event(event) => event.fmt(f),
        }
    }
}

impl FromStr for AuditAction {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let unknown = || FieldError::new("action", "This action is not known.");
        if s == "changes" {
            return Ok(Self::Changes);
        }
        Event::from_storage(s).map(Self::Event).ok_or_else(unknown)
    }
}

/// The query of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// Returns only entries of this actor.
    pub actor: Option<AuditActor>,
    /// Returns only entries about this object.
    pub object: Option<AuditObject>,
    /// Returns only entries of this action.
    pub action: Option<AuditAction>,
    /// Returns only entries from this day on: days since the epoch, UTC.
    pub from_day: Option<i32>,
    /// Returns only entries up to the end of this day.
    pub to_day: Option<i32>,
    /// Returns only entries before this one; `None` is the newest page.
    pub before: Option<AuditEntryId>,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// The id.
    pub id: AuditEntryId,
    /// When the change was made.
    pub at: Timestamp,
    /// The actor's name.
    pub actor: String,
    /// The actor's stored kind, such as `member`.
    pub actor_kind: String,
    /// The address from which the change was made, if known.
    pub ip: Option<String>,
    /// The event; `None` if a newer version wrote it.
    pub event: Option<Event>,
    /// The stored name of the event.
    pub action: String,
    /// Details, such as `3 → 5`.
    pub detail: Option<String>,
    /// The object.
    pub object: Option<AuditObject>,
    /// The object's name; `None` if it was deleted.
    pub label: Option<String>,
}

/// One page of the audit log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<AuditRow>,
    /// The last entry of the page, if there are older ones.
    pub more: Option<AuditEntryId>,
    /// The members and API tokens of the account, by name: the choices of the filter.
    pub actors: Vec<(Uuid, String)>,
}

/// A break of the chain of seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakKind {
    /// An entry does not match its seal.
    Changed,
    /// A sealed entry is missing.
    Missing,
    /// An entry has the content of another one, or seals are not in order.
    Reordered,
    /// An entry without a seal lies between sealed ones.
    Added,
    /// A seal is missing.
    SealMissing,
    /// A seal, or the state of the chain, does not match its digest.
    SealChanged,
}

impl BreakKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Changed, Self::Missing, Self::Reordered, Self::Added, Self::SealMissing, Self::SealChanged];

    /// Returns the word in the output of the command.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Reordered => "reordered",
            Self::Added => "added",
            Self::SealMissing => "seal_missing",
            Self::SealChanged => "seal_changed",
        }
    }

    /// Returns what was found, as a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Changed => "The entry was changed after it was sealed.",
            Self::Missing => "The entry was removed after it was sealed.",
            Self::Reordered => "The entry was exchanged with another one.",
            Self::Added => "The entry was added between sealed entries.",
            Self::SealMissing => "The seal of the entry was removed.",
            Self::SealChanged => "The seals were changed.",
        }
    }
}

/// The first break of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditBreak {
    /// The position in the account's chain, from 1 on.
    pub position: i64,
    /// What was found.
    pub kind: BreakKind,
    /// The entry, if known.
    pub entry: Option<AuditEntryId>,
    /// The time of the entry, from its id.
    pub at: Option<Timestamp>,
}

/// The result of a verification of an account's audit log, or of a portion of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditVerification {
    /// Number of entries that match their seals.
    pub verified: u64,
    /// Number of newer entries, which the worker has not sealed yet. Counting stops at 10,000.
    pub unsealed: u64,
    /// The position of the oldest sealed entry. Retention increases it.
    pub first_position: i64,
    /// The position and the digest of the newest sealed entry, in hexadecimal, to note elsewhere.
    pub position: i64,
    /// The digest of the newest sealed entry.
    pub digest: String,
    /// When the first entry was sealed; `None` if none is. Older entries were sealed as they were then.
    pub sealed_since: Option<Timestamp>,
    /// The position to continue at; `None` after the last entry.
    pub next: Option<i64>,
    /// The first break.
    pub first_break: Option<AuditBreak>,
}

impl AuditVerification {
    /// Returns whether every sealed entry was verified, not only a later part.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let sealed = self.position - self.first_position + 1;
        self.next.is_none() && i64::try_from(self.verified) == Ok(sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_filters_round_trip() {
        let id = Uuid::from_u128(7);
        let others = [AuditActor::Apps, AuditActor::Customers, AuditActor::Operator, AuditActor::Server];
        for actor in others.into_iter().chain([AuditActor::Principal(id)]) {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        for object in [
            AuditObject::License(LicenseId(id)),
            AuditObject::Product(ProductId(id)),
            AuditObject::Customer(CustomerId(id)),
        ] {
            assert_eq!(object.to_string().parse(), Ok(object));
        }
        for action in [AuditAction::Changes, AuditAction::Event(Event::LicenseIssued)] {
            assert_eq!(action.to_string().parse(), Ok(action));
        }
        assert!("everyone".parse::<AuditActor>().is_err());
        assert!("license:x".parse::<AuditObject>().is_err());
        assert!("license.sold".parse::<AuditAction>().is_err());
    }

    #[test]
    fn words_of_breaks_are_those_of_the_json() {
        for kind in BreakKind::ALL {
            assert_eq!(serde_json::to_string(&kind).ok(), Some(format!("\"{}\"", kind.as_str())));
        }
    }
}
