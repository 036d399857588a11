//! Who sees the fields of a license, as a form with two lists of names says it.

use domain::FieldError;
use domain::field_error::FieldErrors;
use domain::license::{GivenPair, MetadataPair, Visibility};

use super::terms::MetadataReaders;
use crate::{Error, Result};

/// The field of the names that apps see.
const APPS: &str = "visible_to_apps";
/// The field of the names that the customer sees.
const CUSTOMER: &str = "visible_to_customer";

/// Returns the names of the fields with this reader, sorted.
pub(super) fn names_of(pairs: &[MetadataPair], sees: impl Fn(Visibility) -> bool) -> Vec<String> {
    let mut names: Vec<String> =
        pairs.iter().filter(|pair| sees(pair.visibility)).map(|pair| pair.key.clone()).collect();
    names.sort_unstable();
    names
}

/// Returns the stored fields with their new readers. Other readers stay.
///
/// # Errors
/// [`Error::Invalid`] if the license lacks a named field, and [`Error::Changed`] if another member has changed a list
/// since the form was rendered.
pub(super) fn with_readers(stored: &[MetadataPair], readers: MetadataReaders) -> Result<Vec<GivenPair>> {
    let mut faults = FieldErrors::default();
    for (field, edit) in [(APPS, &readers.apps), (CUSTOMER, &readers.customer)] {
        let is_unknown = |name: &&String| !stored.iter().any(|pair| pair.key == **name);
        if let Some(name) = edit.new.iter().find(is_unknown) {
            let message = format!("The license has no field “{name}”. Write the names as they are shown.");
            faults.check::<()>(Err(FieldError::new(field, message)));
        }
    }
    let faults = faults.into_inner();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let mut conflicts = FieldErrors::default();
    let label = |names: &Vec<String>| names.join(", ");
    let apps = readers.apps.merge(APPS, names_of(stored, |sees| sees.activation), label);
    let customer = readers.customer.merge(CUSTOMER, names_of(stored, |sees| sees.user), label);
    let (apps, customer) = (conflicts.check(apps), conflicts.check(customer));
    let (Some(apps), Some(customer)) = (apps, customer) else {
        return Err(Error::Changed(conflicts.into_inner()));
    };
    let given = |pair: &MetadataPair| GivenPair {
        key: pair.key.clone(),
        value: None,
        visibility: Some(Visibility {
            activation: apps.contains(&pair.key),
            user: customer.contains(&pair.key),
            ..pair.visibility
        }),
    };
    Ok(stored.iter().map(given).collect())
}
