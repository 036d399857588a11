//! Licenses: state, standing, limits.

mod issue;
mod limit;
mod metadata;
mod metadata_pair;
mod renewal;
mod standing;
mod state;
mod visibility;

pub use issue::NewLicense;
pub use limit::Limit;
pub use metadata::{MAX_FIELDS, Metadata, folded_value, to_lines as metadata_to_lines};
pub use metadata_pair::{GivenPair, MetadataPair, merge_pairs};
pub use renewal::Renewal;
pub use standing::{Standing, standing};
pub use state::{Reason, State, TransitionError};
pub use visibility::Visibility;
