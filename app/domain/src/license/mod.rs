//! Licenses: state, standing, limits.

mod issue;
mod limit;
mod renewal;
mod standing;
mod state;

pub use issue::NewLicense;
pub use limit::Limit;
pub use renewal::Renewal;
pub use standing::{Standing, standing};
pub use state::{Reason, State, TransitionError};
