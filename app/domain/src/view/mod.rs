//! Read models of pages. They never contain a secret.

mod account;
mod license;
mod list;
mod overview;
mod product;
mod search;

pub use account::{ApiTokenRow, CurrentUser};
pub use license::{
    ActivationCursors, ActivationPage, ActivationRow, AppAnswer, LicenseRow, LicenseView, MachineView,
    MovableDomain, RefusedSubject, Timeline, TimelineEntry, TimelineFilter,
};
pub use list::{LicenseQuery, MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS, Page, PageCursor, Sort};
pub use overview::{DayCount, Overview, ReasonCount, RefusingLicense, Trend};
pub use product::{ProductOption, ProductView, SigningKeyView};
pub use search::{HitKind, HitTarget, MAX_HITS_PER_KIND, SearchHit, SearchResults};
