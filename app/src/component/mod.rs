//! The parts pages are made of.

mod allowed;
mod changed;
mod chart;
mod copy;
mod dismiss;
mod escape;
mod failure;
mod field;
mod form;
mod layout;
mod license_table;
mod pager;
mod standing;
mod theme;
mod time;
mod title;

pub use allowed::{Allowed, May, Who};
pub use changed::changed;
pub use chart::DayChart;
pub use copy::Copy;
pub use failure::{Empty, Failure};
pub use field::{Checkbox, Field, Select, TextArea};
pub use form::{FormMessage, FormState};
pub use layout::Layout;
pub use license_table::LicenseTable;
pub use pager::Pager;
pub use standing::StandingMark;
pub use theme::ThemeSwitch;
pub use time::{Count, Time, counted, times};
pub use title::PageTitle;
