//! Use cases of sellers on licenses: one file per verb.

mod change_limit;
mod find;
mod find_in_text;
mod issue;
mod keyset;
mod list;
mod mark_expired;
mod page_cut;
mod reinstate;
mod renew;
mod reveal_key;
mod reveal_keys;
mod revoke;
mod search;
mod show;
mod suspend;
mod timeline;
mod transfer;
mod transition;

pub use change_limit::{NewLimits, change_limit};
pub use find::find_by_key;
pub use find_in_text::{KeyInText, find_in_text};
pub use issue::{Issued, issue};
pub use list::list;
pub(crate) use list::load_rows;
pub use mark_expired::mark_expired;
pub use reinstate::reinstate;
pub use renew::renew;
pub use reveal_key::reveal_key;
pub use reveal_keys::{RevealedLicense, reveal_keys};
pub use revoke::revoke;
pub use show::{show, show_from};
pub use suspend::suspend;
pub use timeline::{timeline, timeline_from};
pub use transfer::{NewHolder, transfer, transfer_to};
