//! Use cases of sellers on license templates: the rules that products and licenses follow.

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
mod rule_columns;
mod update;

pub use change::TemplateChange;
pub use create::create;
pub use delete::delete;
pub use edit::{TemplateEdit, edit};
pub use list::{list, products_of, show};
pub(crate) use own::{follow_product, insert_for_product, lock_template};
pub use page::{list_page, menu, new_texts, show_page};
pub use record::TemplateRecord;
pub(crate) use rule_columns::RuleColumns;
pub use update::update;
