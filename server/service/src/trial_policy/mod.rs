//! Use cases of sellers on trial policies: the rules of trials, which products copy.

mod change;
mod changes;
mod create;
mod delete;
mod edit;
mod event;
mod list;
mod own;
mod page;
pub mod record;
mod trial_columns;
mod update;

pub use change::TrialPolicyChange;
pub use create::create;
pub use delete::delete;
pub use edit::{TrialPolicyEdit, edit};
pub use list::{list, show};
pub(crate) use own::{follow_product, insert_for_product, lock_policy};
pub use page::{list_page, menu, show_page};
pub use record::TrialPolicyRecord;
pub(crate) use trial_columns::{TrialColumns, clear_product};
pub use update::update;
