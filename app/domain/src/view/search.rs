//! Results of a search: hits of every kind.

use serde::{Deserialize, Serialize};

use crate::license::Standing;
use crate::{CustomerId, LicenseId, ProductId};

/// Maximum number of hits of each kind.
pub const MAX_HITS_PER_KIND: usize = 8;

/// The kind of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    /// A license, found by its key, the end of its key, its id or its customer.
    License,
    /// An active domain of a license.
    Domain,
    /// An activated machine of a license.
    Machine,
    /// A customer.
    Customer,
    /// A product.
    Product,
}

impl HitKind {
    /// All kinds, in the order of results.
    pub const ALL: [Self; 5] = [Self::License, Self::Domain, Self::Machine, Self::Customer, Self::Product];

    /// Returns the word for one hit.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::License => "License",
            Self::Domain => "Domain",
            Self::Machine => "Machine",
            Self::Customer => "Customer",
            Self::Product => "Product",
        }
    }

    /// Returns the heading of several hits.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::License => "Licenses",
            Self::Domain => "Domains",
            Self::Machine => "Machines",
            Self::Customer => "Customers",
            Self::Product => "Products",
        }
    }
}

/// The object that a hit leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitTarget {
    /// A license's page.
    License(LicenseId),
    /// A customer.
    Customer(CustomerId),
    /// A product's page.
    Product(ProductId),
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    /// What was found.
    pub kind: HitKind,
    /// Where the hit leads.
    pub target: HitTarget,
    /// The name of the object: the end of a key, a domain, a name.
    pub title: String,
    /// What tells it from others: product and customer of a license, address of a customer.
    pub detail: String,
    /// The standing of the license.
    pub standing: Option<Standing>,
}

/// The results of a search: hits of each kind together, at most [`MAX_HITS_PER_KIND`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SearchResults {
    /// The hits, in the order of [`HitKind::ALL`].
    pub hits: Vec<SearchHit>,
    /// The kinds with more hits than these.
    pub more: Vec<HitKind>,
    /// The last four characters of a license key in the text that no license of the account has.
    pub unknown_key: Option<String>,
}

impl SearchResults {
    /// Returns the one object that all hits lead to. The customer of that license is no other object.
    #[must_use]
    pub fn single_target(&self) -> Option<HitTarget> {
        if !self.more.is_empty() {
            return None;
        }
        let mut targets: Vec<HitTarget> = self.hits.iter().map(|hit| hit.target).collect();
        targets.sort_unstable();
        targets.dedup();
        match targets[..] {
            // Sorted: licenses come first.
            [target] | [target @ HitTarget::License(_), HitTarget::Customer(_)] => Some(target),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn results(targets: &[HitTarget]) -> SearchResults {
        let hit = |target: &HitTarget| SearchHit {
            kind: HitKind::License,
            target: *target,
            title: String::new(),
            detail: String::new(),
            standing: None,
        };
        SearchResults { hits: targets.iter().map(hit).collect(), ..SearchResults::default() }
    }

    #[test]
    fn hits_of_one_license_and_its_customer_lead_to_the_license() {
        let license = |n| HitTarget::License(LicenseId(Uuid::from_u128(n)));
        let customer = |n| HitTarget::Customer(CustomerId(Uuid::from_u128(n)));
        let product = HitTarget::Product(ProductId(Uuid::from_u128(1)));
        for (targets, single) in [
            (&[license(1)][..], Some(license(1))),
            (&[license(1), license(1)], Some(license(1))),
            (&[customer(9), license(1)], Some(license(1))),
            (&[customer(9)], Some(customer(9))),
            (&[product], Some(product)),
            (&[license(1), license(2)], None),
            (&[customer(1), customer(2)], None),
            (&[license(1), product], None),
            (&[], None),
        ] {
            assert_eq!(results(targets).single_target(), single, "{targets:?}");
        }
        let more = SearchResults { more: vec![HitKind::License], ..results(&[license(1)]) };
        assert_eq!(more.single_target(), None);
    }
}
