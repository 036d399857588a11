//! Import of licenses from a table, such as a CSV file of another system.

mod column;
mod header;
mod license;
mod record;
mod state;
mod time_cell;

pub use column::Column;
pub use header::{Header, Target};
pub use license::ImportedLicense;
pub use record::{CellFault, CellRules, parse_record};
pub use state::ImportState;
pub use time_cell::{DateOrder, PartOfDay, parse_time_cell};
