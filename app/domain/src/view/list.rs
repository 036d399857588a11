//! Queries and pages of license lists (keyset pagination).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::license::Standing;
use crate::{CustomerId, FieldError, LicenseId, OrganizationId, ProductId, TagId};

/// Maximum number of matches per search path (customers, domains, last characters of keys).
/// Bounded because each match reads a license from another page of the table.
pub const MAX_SEARCH_RESULTS: u64 = 100;
/// Maximum number of licenses of the matching customers. Higher, because the licenses of one
/// customer are adjacent in the index.
pub const MAX_CUSTOMER_RESULTS: u64 = 200;

/// The order of a list of licenses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Most recently issued first.
    #[default]
    Newest,
    /// Earliest issued first.
    Oldest,
    /// Earliest expiry first; licenses without an expiry are left out.
    Expiry,
}

impl Sort {
    /// All orders, in menu order.
    pub const ALL: [Self; 3] = [Self::Newest, Self::Oldest, Self::Expiry];

    /// Returns the word used in URLs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Expiry => "expiry",
        }
    }

    /// Returns the label for menus.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
            Self::Expiry => "Expiring next",
        }
    }
}

impl FromStr for Sort {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|sort| sort.as_str() == s)
            .ok_or_else(|| FieldError::new("sort", "This order is not known."))
    }
}

/// Licenses in force within this many days of their expiry are expiring.
pub const EXPIRING_DAYS: i64 = 30;

/// Licenses in force that nothing used for this many days are unused.
pub const UNUSED_DAYS: i64 = 90;

/// A condition of licenses in force that asks for the seller's attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Expires within 30 days.
    Expiring,
    /// Has reached its domain limit or its machine limit.
    AtLimit,
    /// Was not used for 90 days: no valid verification, no new activation, no sync of a machine.
    Unused,
}

impl Condition {
    /// All conditions, in the order of their chips.
    pub const ALL: [Self; 3] = [Self::Expiring, Self::AtLimit, Self::Unused];

    /// Returns the word used in URLs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expiring => "expiring",
            Self::AtLimit => "at_limit",
            Self::Unused => "unused",
        }
    }

    /// Returns the label of the chip.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Expiring => "Expiring in 30 days",
            Self::AtLimit => "At limit",
            Self::Unused => "Unused for 90 days",
        }
    }
}

impl FromStr for Condition {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|condition| condition.as_str() == s)
            .ok_or_else(|| FieldError::new("condition", "This filter is not known."))
    }
}

/// The query of a license list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LicenseQuery {
    /// A key, the last four characters of a key, or a prefix of a customer's name, e-mail address
    /// or domain.
    pub search: String,
    /// Returns only licenses of this product.
    pub product: Option<ProductId>,
    /// Returns only licenses of this standing.
    pub standing: Option<Standing>,
    /// Returns only licenses in force that meet this condition.
    pub condition: Option<Condition>,
    /// Returns only licenses of this customer.
    pub customer: Option<CustomerId>,
    /// Returns only licenses of this organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// Returns only licenses with this tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<TagId>,
    /// The order of the list.
    pub sort: Sort,
    /// The position of the page; `None` is the first page.
    pub cursor: Option<PageCursor>,
}

impl LicenseQuery {
    /// Returns the query with the order and the standing that its filters imply. Expiring and expired
    /// licenses are ordered by expiry, because no other index finds them among a million active ones.
    /// Licenses of a customer or an organization, those with a tag, those at their limit and unused ones are
    /// ordered by issue.
    #[must_use]
    pub fn normalized(&self) -> Self {
        let mut query = self.clone();
        if query.condition.is_some() {
            query.standing = Some(Standing::Active);
        }
        let by_issue =
            query.is_of_owner() || matches!(query.condition, Some(Condition::AtLimit | Condition::Unused));
        let by_expiry =
            query.standing == Some(Standing::Expired) || query.condition == Some(Condition::Expiring);
        if by_issue && query.sort == Sort::Expiry {
            query.sort = Sort::Newest;
        } else if by_expiry && !by_issue {
            query.sort = Sort::Expiry;
        }
        query
    }

    /// Returns whether the licenses are those of a customer or an organization, or those with a tag.
    #[must_use]
    pub fn is_of_owner(&self) -> bool {
        self.customer.is_some() || self.organization.is_some() || self.tag.is_some()
    }
}

/// The cursor of a page: the rows directly before or after a row, in list order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCursor {
    /// The page lies before the row.
    pub backward: bool,
    /// The row's value in the sort column; 0 if the list is sorted by id.
    pub value: i64,
    /// The row's id.
    pub id: LicenseId,
}

impl fmt::Display for PageCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.backward { 'b' } else { 'f' };
        write!(f, "{direction}.{}.{}", self.value, self.id.0.simple())
    }
}

impl FromStr for PageCursor {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let invalid = || FieldError::new("cursor", "This page link is not valid any more.");
        let mut parts = s.split('.');
        let (Some(direction), Some(value), Some(id), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid());
        };
        Ok(Self {
            backward: match direction {
                "b" => true,
                "f" => false,
                _ => return Err(invalid()),
            },
            value: value.parse().map_err(|_| invalid())?,
            id: id.parse().map_err(|_| invalid())?,
        })
    }
}

/// The number of licenses that a list selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectedCount {
    /// Exactly this number.
    Exactly(u64),
    /// More than this number, because counting stops there.
    MoreThan(u64),
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, in order.
    pub items: Vec<T>,
    /// Cursor of the previous page, if any.
    pub previous: Option<PageCursor>,
    /// Cursor of the next page, if any.
    pub next: Option<PageCursor>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn filters_imply_standing_and_order() {
        let of = |standing, condition, customer, sort| {
            let query = LicenseQuery { standing, condition, customer, sort, ..LicenseQuery::default() };
            let query = query.normalized();
            (query.standing, query.sort)
        };
        let (active, expired) = (Some(Standing::Active), Some(Standing::Expired));
        let customer = Some(CustomerId(uuid::Uuid::nil()));
        let (expiring, at_limit) = (Some(Condition::Expiring), Some(Condition::AtLimit));
        assert_eq!(of(None, None, None, Sort::Oldest), (None, Sort::Oldest));
        assert_eq!(of(expired, None, None, Sort::Newest), (expired, Sort::Expiry));
        assert_eq!(of(expired, None, customer, Sort::Expiry), (expired, Sort::Newest));
        assert_eq!(of(None, expiring, None, Sort::Oldest), (active, Sort::Expiry));
        assert_eq!(of(expired, expiring, customer, Sort::Oldest), (active, Sort::Oldest));
        assert_eq!(of(None, at_limit, None, Sort::Expiry), (active, Sort::Newest));
        assert_eq!(of(expired, Some(Condition::Unused), None, Sort::Expiry), (active, Sort::Newest));
        assert_eq!(of(None, Some(Condition::Unused), None, Sort::Oldest), (active, Sort::Oldest));
    }

    #[test]
    fn conditions_round_trip_through_their_words() {
        for condition in Condition::ALL {
            assert_eq!(condition.as_str().parse(), Ok(condition));
        }
        assert!("late".parse::<Condition>().is_err());
    }

    proptest! {
        #[test]
        fn cursors_round_trip(backward in any::<bool>(), value in any::<i64>(), id in any::<u128>()) {
            let cursor = PageCursor { backward, value, id: LicenseId(uuid::Uuid::from_u128(id)) };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn malformed_cursors_are_refused(text in any::<String>()) {
            let _ = text.parse::<PageCursor>();
        }
    }
}
