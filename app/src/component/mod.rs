//! Components shared by the pages.

mod chart;

mod escape;
mod field;
mod form;
mod layout;
mod license_table;
mod name_choice;
mod pager;
mod permissions;
mod standing;
mod states;
mod theme;
mod time;
mod title;

pub use chart::DayChart;
pub use field::{Checkbox, Field, Select, TextArea};
pub use form::{FormMessage, FormState, PostForm};
pub use layout::Layout;
pub use license_table::LicenseTable;
pub use name_choice::CustomerNameChoice;
pub use pager::Pager;
pub use permissions::{CurrentUserContext, Permissions, RequirePermission};
pub use standing::StandingBadge;
pub use states::{EmptyState, ErrorState};
pub use theme::ThemeSwitch;
pub use time::{Number, RelativeTime, format_times, pluralize};
pub use title::PageTitle;
