//! Products and the defaults of their licenses.

mod availability;
mod change;
mod differences;
mod settings;

pub use availability::{Availability, AvailabilityError};
pub use change::{CustomersChange, DomainsChange, LicensingChange, MachinesChange, ProductChange};
pub use settings::{ProductSettings, Slug};
