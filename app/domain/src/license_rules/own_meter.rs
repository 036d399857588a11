//! Meters that a license has of its own, beside or in place of those of its product.

use serde::{Deserialize, Serialize};

use super::rules::is_default;
use crate::Timestamp;
use crate::license::Visibility;
use crate::meter::{Meter, Meters};

/// A meter of one license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnMeter {
    /// The meter with its allowance.
    #[serde(flatten)]
    pub meter: Meter,
    /// Who sees it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub visibility: Visibility,
    /// When the license got it.
    pub created_at: Timestamp,
    /// When its allowance was changed.
    pub updated_at: Timestamp,
    /// The license does not have it, although its product does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub removed: bool,
}

/// The meters of one license.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnMeters(pub Vec<OwnMeter>);

impl OwnMeters {
    /// Returns whether the license has no meter of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the meter of this name, ignoring ASCII case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&OwnMeter> {
        self.0.iter().find(|own| own.meter.name.eq_ignore_ascii_case(name))
    }

    /// Returns the meters in force: the product's, each replaced by the license's of its name, then the others
    /// of the license.
    #[must_use]
    pub fn merge(&self, of_product: Meters) -> Meters {
        if self.is_empty() {
            return of_product;
        }
        let mut meters: Vec<Meter> = Vec::new();
        for meter in of_product.all() {
            match self.find(&meter.name) {
                Some(own) if own.removed => {}
                Some(own) => meters.push(own.meter.clone()),
                None => meters.push(meter.clone()),
            }
        }
        let others = self.0.iter().filter(|own| !own.removed && of_product.find(&own.meter.name).is_none());
        meters.extend(others.map(|own| own.meter.clone()));
        Meters::from_list(meters)
    }

    /// Sets a meter of this name, or adds it.
    pub fn set(&mut self, own: OwnMeter) {
        match self.0.iter_mut().find(|other| other.meter.name.eq_ignore_ascii_case(&own.meter.name)) {
            Some(other) => *other = OwnMeter { created_at: other.created_at, ..own },
            None => self.0.push(own),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(name: &str, allowed: i64, removed: bool) -> OwnMeter {
        OwnMeter {
            meter: Meter { name: name.into(), allowed: Some(allowed), floating: false },
            visibility: Visibility::default(),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            removed,
        }
    }

    #[test]
    fn own_meters_replace_those_of_the_product() {
        let product = Meters::parse("exports = 10\nrenders\nseats = 2").expect("meters");
        let own = OwnMeters(vec![own("Exports", 99, false), own("renders", 0, true), own("extra", 5, false)]);
        assert_eq!(own.merge(product.clone()).text(), "Exports = 99\nseats = 2\nextra = 5");
        assert_eq!(OwnMeters::default().merge(product.clone()), product);
    }
}
