//! What a license is and what may become of it.

mod limit;
mod standing;
mod state;

pub use limit::Limit;
pub use standing::{Standing, standing};
pub use state::{Reason, State, TransitionError};
