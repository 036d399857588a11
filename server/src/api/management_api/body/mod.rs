//! Request bodies: lenient JSON objects (management API contract, 1.2).

mod extract;
mod fields;
mod given;
mod read;

pub use extract::Body;
pub(super) use extract::{Buffered, max_bytes, read_whole};
pub use fields::Fields;
pub use given::Given;
