//! Sign-up of new sellers, as the operator's policy allows: by a link that proves an address, by an invitation
//! of the operator, or at once if this server sends no mail.
//!
//! Links are the instance's. No account has them, because there is none yet.

mod as_user;
mod by_link;
mod direct;
pub(crate) mod link;
mod new_seller;
mod policy;
mod request;
mod show_link;

pub use as_user::{NewAccount, check_link, sign_up_as_user};
pub use by_link::sign_up_by_link;
pub use direct::sign_up;
pub use new_seller::NewSeller;
pub(crate) use policy::require_invitations;
pub use request::request_sign_up;
pub use show_link::show_link;
