//! Import of licenses from a table, such as a CSV file of another system.

mod column;
mod record;
mod state;
mod time_cell;

pub use column::{Column, Header, Target};
pub use record::{CellFault, CellRules, ImportedLicense, parse_record};
pub use state::{ImportState, UNDO_MS};
pub use time_cell::{DateOrder, PartOfDay, parse_time_cell};
