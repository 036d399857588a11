//! API tokens: bearer credentials of a seller's own systems. The token is shown once; the database
//! stores a keyed digest.

mod audit_event;
mod authenticate;
mod change;
mod create;
mod delete;
mod list;
mod lock;
mod maker;
mod page;
mod view;

pub use authenticate::authenticate;
pub use change::{TokenChange, change, revoke};
pub use create::{CreatedToken, NewApiToken, TokenName, TokenRights, create, create_new};
pub use delete::delete;
pub use list::list;
pub(crate) use maker::{hand_over, revoke_of_maker};
pub use page::{Visible, find, list_page};
pub(crate) use view::view;
