//! Use cases of programs on products: they name a template, and fields that no form has.

mod create;
mod edit;
mod list;
mod terms;

pub use create::create_by_program;
pub use edit::edit_by_program;
pub use list::{find_by_id_or_slug, list_records, show_record};
pub use terms::{ProductRefusal, ProductTerms};
