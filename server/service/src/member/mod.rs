//! Members of an account: the team, invitations, roles, removal, and the transfer of the ownership.
//!
//! Every change locks the memberships of the account before invitations and sessions, so that concurrent
//! changes never leave an account without an owner, and a lock never waits for another one in a circle.

mod accept_invitation;
mod change_role;
mod end;
mod invitation;
mod invite;
mod leave;
mod list;
mod lock;
mod record;
mod remove;
mod show_invitation;
mod switch_account;
mod transfer_ownership;
mod withdraw_invitation;

pub use accept_invitation::{NewMember, accept_invitation, accept_invitation_as_new_user};
pub use change_role::change_role;
pub use invite::{CreatedInvitation, NewInvitation, invite};
pub use leave::leave;
pub use list::list;
pub(crate) use record::load_records;
pub use record::{MemberRecord, list_records};
pub use remove::{TokensOfRemoved, remove};
pub use show_invitation::show_invitation;
pub use switch_account::switch_account;
pub use transfer_ownership::transfer_ownership;
pub use withdraw_invitation::withdraw_invitation;
