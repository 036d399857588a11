//! Read models of pages. They never contain a secret.

mod account;
mod customer;
mod license;
mod list;
mod overview;
mod product;

pub use account::{ApiTokenRow, CurrentUser};
pub use customer::{
    CustomerCursor, CustomerHit, CustomerLicenseRow, CustomerPage, CustomerQuery, CustomerRow, CustomerView,
    MAX_CUSTOMER_MATCHES, MAX_LICENSES_COUNTED,
};
pub use license::{ActivationRow, LicenseRow, LicenseView, MachineView, Timeline, TimelineEntry};
pub use list::{LicenseQuery, MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS, Page, PageCursor, Sort};
pub use overview::{DayCount, Overview};
pub use product::{ProductOption, ProductView, SigningKeyView};
