//! Use cases of the operator's pages: sellers, health and settings. Each takes the signed-in member and
//! creates the proof [`Operator`] in its first line.

mod changelog;
mod health;
mod invitation;
mod invite_seller;
mod list_seller_invitations;
mod list_sellers;
mod proof;
mod reinstate_seller;
mod seller;
mod settings;
mod suspend_seller;
mod withdraw_seller_invitation;

pub use health::health;
pub use invite_seller::{CreatedSellerInvitation, invite_seller};
pub use list_seller_invitations::list_seller_invitations;
pub use list_sellers::list_sellers;
pub use proof::Operator;
pub use reinstate_seller::reinstate_seller;
pub use settings::settings;
pub use suspend_seller::suspend_seller;
pub use withdraw_seller_invitation::withdraw_seller_invitation;
