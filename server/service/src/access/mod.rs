//! Access by bearer tokens: API tokens, and access tokens of a sign-in through the API.
//!
//! A token that is in the cache costs no read of the database. Its entry depends on the account: an event that
//! changes the access to an account ([`domain::event::Event::changes_access`]) invalidates the entries of all
//! its tokens, on every node, as the license cache is invalidated.

mod access_token;
mod api_token;
mod authenticate;
mod cache;
mod customer_login;
mod grant;
mod last_use;
mod login;
mod login_account;
mod profile;
mod visits;

pub(crate) use api_token::scopes;
pub use authenticate::{authenticate, cached};
pub(crate) use cache::AccessCache;
pub(crate) use grant::TOKEN_PREFIX;
pub use grant::{Access, Holder};
pub use last_use::flush_last_uses;
pub use login::{Login, LoginRequest, login};
pub use login_account::LoginAccount;
pub use profile::{AccountProfile, Profile, account_profile, profile};
