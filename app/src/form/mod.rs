//! Submitted forms, parsed into domain types. Parsing checks every field, so that all errors are shown at
//! once.

mod customer;
mod issue;
mod license;
mod product;
mod search;
mod set_up;

pub use customer::{CustomerForm, customer_query_from_url, parse_other_customer, url_of_customer_query};
pub use issue::IssueForm;
pub use license::{TypedLimit, parse_limits, parse_reason, parse_renewal};
pub use product::ProductForm;
pub use search::{SearchForm, query_from_url, url_of_query};
pub use set_up::SetUpForm;
