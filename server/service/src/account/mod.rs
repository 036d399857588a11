//! Accounts, users and sign-in.

mod add_user;
mod credential_version;
mod device;
mod find;
mod member;
pub(crate) mod new_password;
mod own_password;
pub(crate) mod record;
mod record_sign_in;
mod rename;
mod reset_password;
pub(crate) mod row;
pub mod second_factor;
mod setup;
mod sign_in;
mod signed_in_user;
pub(crate) mod suspension;
pub(crate) mod throttle;

pub use add_user::{NewUser, add_user};
pub use credential_version::CredentialVersion;
pub use device::DEVICE_COOKIE_SECONDS;
pub use find::{account_slug, find_account, list_accounts};
pub use member::{Member, member};
pub use own_password::change_password;
pub(crate) use record::record_own;
pub use rename::rename_user;
pub use reset_password::reset_password;
pub use setup::{SetupRequest, set_up};
pub use sign_in::{SignIn, SignInRequest, sign_in};
pub use signed_in_user::SignedInUser;
