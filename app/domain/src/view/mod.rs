//! Read models of pages. They never contain a secret.

mod account;
mod bulk_job;
mod license;
mod list;
mod overview;
mod product;

pub use account::{ApiTokenRow, CurrentUser};
pub use bulk_job::{BulkJobPage, BulkJobRow, BulkJobView, SkippedLicense};
pub use license::{ActivationRow, LicenseRow, LicenseView, MachineView, Timeline, TimelineEntry};
pub use list::{
    Condition, EXPIRING_DAYS, LicenseQuery, MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS, Page, PageCursor,
    SelectedCount, Sort,
};
pub use overview::{DayCount, Overview};
pub use product::{ProductOption, ProductView, SigningKeyView};
