//! Which products get new licenses and trials, and which can be deleted.

use crate::{FieldError, Timestamp};

/// Whether a product is sold, and its use so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Availability {
    /// When the product was archived; `None` while it is sold.
    pub archived_at: Option<Timestamp>,
    /// Licenses that were ever issued.
    pub licenses: i64,
    /// Machines that ever started a trial.
    pub trials: u32,
}

/// The reason why a product cannot be archived, restored or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AvailabilityError {
    /// The product is archived already.
    #[error("This product is archived already.")]
    Archived,
    /// The product is not archived.
    #[error("This product is not archived.")]
    NotArchived,
    /// Licenses or trials refer to the product.
    #[error("Licenses or trials of this product exist, so it can’t be deleted. Archive it instead.")]
    InUse,
}

impl Availability {
    /// Checks that licenses can be issued.
    ///
    /// # Errors
    /// Returns [`FieldError`] of the field `product` if the product is archived.
    pub fn ensure_issuable(self) -> Result<(), FieldError> {
        match self.archived_at {
            None => Ok(()),
            Some(_) => Err(FieldError::new(
                "product",
                "This product is archived: no license can be issued for it. Restore the product first.",
            )),
        }
    }

    /// Returns whether a machine may start a trial: not of an archived product. Trials that were started go on.
    #[must_use]
    pub fn starts_trials(self) -> bool {
        self.archived_at.is_none()
    }

    /// Archives the product at `now`. Its licenses and trials go on as before.
    ///
    /// # Errors
    /// Returns [`AvailabilityError::Archived`] if the product is archived already.
    pub fn archive(self, now: Timestamp) -> Result<Self, AvailabilityError> {
        match self.archived_at {
            None => Ok(Self { archived_at: Some(now), ..self }),
            Some(_) => Err(AvailabilityError::Archived),
        }
    }

    /// Makes an archived product available again.
    ///
    /// # Errors
    /// Returns [`AvailabilityError::NotArchived`] if the product is not archived.
    pub fn restore(self) -> Result<Self, AvailabilityError> {
        match self.archived_at {
            Some(_) => Ok(Self { archived_at: None, ..self }),
            None => Err(AvailabilityError::NotArchived),
        }
    }

    /// Checks that the product can be deleted: nothing ever used it.
    ///
    /// # Errors
    /// Returns [`AvailabilityError::InUse`] if licenses were issued or trials started.
    pub fn ensure_deletable(self) -> Result<(), AvailabilityError> {
        if self.is_unused() { Ok(()) } else { Err(AvailabilityError::InUse) }
    }

    /// Returns whether no license was ever issued and no trial started.
    #[must_use]
    pub fn is_unused(self) -> bool {
        self.licenses == 0 && self.trials == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::MAX;
    const SOLD: Availability = Availability { archived_at: None, licenses: 0, trials: 0 };

    #[test]
    fn archived_product_gets_no_license_and_no_trial_until_it_is_restored() {
        assert_eq!(SOLD.ensure_issuable(), Ok(()));
        assert!(SOLD.starts_trials());
        let archived = SOLD.archive(NOW).expect("archived");
        assert!(!archived.starts_trials());
        assert_eq!(archived.ensure_issuable().map_err(|e| e.field), Err("product"));
        assert_eq!(archived.restore(), Ok(SOLD));
    }

    #[test]
    fn change_without_effect_is_refused() {
        let archived = SOLD.archive(NOW).expect("archived");
        assert_eq!(archived.archive(NOW), Err(AvailabilityError::Archived));
        assert_eq!(SOLD.restore(), Err(AvailabilityError::NotArchived));
    }

    #[test]
    fn used_product_is_not_deleted() {
        assert_eq!(SOLD.ensure_deletable(), Ok(()));
        for used in [Availability { licenses: 1, ..SOLD }, Availability { trials: 1, ..SOLD }] {
            assert_eq!(used.ensure_deletable(), Err(AvailabilityError::InUse));
        }
    }
}
