//! Read models: what pages show. A secret never is in one, with the exception
//! that is named for it.

mod account;
mod license;
mod list;
mod overview;
mod product;

pub use account::{ApiTokenRow, CurrentUser};
pub use license::{ActivationRow, LicenseRow, LicenseView, MachineView, Timeline, TimelineEntry};
pub use list::{LicenseQuery, MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS, Page, PageCursor, Sort};
pub use overview::{DayCount, Overview};
pub use product::{ProductOption, ProductView, SigningKeyView};
