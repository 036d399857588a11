//! The second factor of a sign-in: codes of an authenticator app (TOTP, RFC 6238), and recovery codes.
//!
//! A secret counts once a code has confirmed it. Every code works once: an app's code because the time step
//! of the last accepted one is stored, a recovery code because its row is deleted. Changes need the password,
//! and a code if the second factor is on.

mod reauthenticate;
mod recovery_code;
mod remove;
mod require;
mod set_up;
mod show;
mod totp;
mod verify;

pub use reauthenticate::Proof;
pub(super) use reauthenticate::begin_write_with;
pub use remove::{disable, reset};
pub use require::{is_required, require};
pub use set_up::{SetUpView, begin, confirm, renew_recovery_codes};
pub use show::{setup_of, show};
pub use verify::{PendingSignIn, verify};
