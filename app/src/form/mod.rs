//! Submitted forms, parsed into domain types. Parsing checks every field, so that all errors are shown at
//! once.

mod edit;
mod issue;
mod license;
mod product;
mod search;
mod set_up;

pub use edit::SHOWN_MARK;
pub use issue::IssueForm;
pub use license::{TypedLimit, parse_limits, parse_reason, parse_renewal};
pub use product::{DomainsForm, LicensingForm, MachinesForm, MetersForm};
pub use search::{SearchForm, query_from_url, url_of_query};
pub use set_up::SetUpForm;
