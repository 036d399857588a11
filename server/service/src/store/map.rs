//! Rows into domain types.

use domain::development::DevelopmentHosts;
use domain::license::{Limit, State};
use domain::product::ValidityDays;
use domain::view::ProductView;
use domain::{KeyPrefix, ProductId, Timestamp};

use super::entity::{licenses, products};
use crate::{Error, Result};

/// Slots in use, as a count.
pub fn count(used: i32) -> u32 {
    u32::try_from(used).unwrap_or(0)
}

/// A time that may be missing.
pub fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// A license's stored state.
pub fn state(row: &licenses::Model) -> Result<State> {
    State::from_storage(&row.state, time(row.state_at), row.state_reason.clone())
        .map_err(|e| Error::Internal(format!("license {}: {e}", row.id)))
}

/// The hosts that take no slot on a product's licenses.
pub fn development(row: &products::Model) -> DevelopmentHosts {
    DevelopmentHosts::from_storage(row.free_development_hosts, &row.development_hosts)
}

/// A product for a page. Destructured whole, so that a new column is decided on.
pub fn product(row: products::Model) -> ProductView {
    let products::Model {
        id,
        account_id: _,
        number,
        name,
        slug,
        domain_limit,
        machine_limit,
        validity_days,
        key_prefix,
        free_development_hosts,
        development_hosts,
        license_count,
        created_at,
        updated_at: _,
    } = row;
    ProductView {
        id: ProductId(id),
        number,
        name,
        slug,
        domain_limit: Limit::from_storage(domain_limit),
        machine_limit: Limit::from_storage(machine_limit),
        validity: validity_days.map(ValidityDays::from_storage),
        key_prefix: KeyPrefix::parse(&key_prefix).unwrap_or_default(),
        free_development_hosts,
        development_hosts,
        licenses: license_count,
        created_at: Timestamp::from_millis(created_at),
    }
}
