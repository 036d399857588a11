//! Filters of lists: conditions on the fields of a row, joined by AND. An evaluator of a database and the one
//! in memory ([`matches`]) must agree; the semantics are those of [`matches`].

mod condition;
mod field;
mod list;
mod matches;
mod parse;
mod text;

pub use condition::{Filter, FilterValue, PairFilter};
pub use field::{FieldKind, FilterField, Operator};
pub use list::{CappedCount, ListPage, ListRequest, ListSort, MAX_COUNT};
pub use matches::{Cell, FilterRow, matches};
pub use parse::{MAX_FILTER_VALUES, parse_boolean, parse_filter, parse_integer};
pub use text::{Folding, is_safe_text};
