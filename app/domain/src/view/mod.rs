//! Read models: what pages show. A secret never is in one, with the exception
//! that is named for it.

mod account;
mod license;
mod list;
mod overview;
mod product;

pub use account::{ApiTokenRow, Me};
pub use license::{ActivationRow, LicenseRow, LicenseView, MachineView, Timeline, TimelineEntry};
pub use list::{LicenseQuery, Page, PageCursor, SEARCHED, SEARCHED_OF_CUSTOMERS, Sort};
pub use overview::{DayCount, Overview};
pub use product::{ProductOption, ProductView, SigningKeyView};
