//! The objects that are the data of events: read models, and how they are loaded within a transaction.

mod activation;
mod load;
mod record;
mod trial;
mod words;

pub(super) use load::{WantedObjects, load};
pub(super) use record::ObjectKey;
pub use record::{ActivationRecord, DomainActivationRecord, ObjectRecord, TrialActivationRecord};
pub use words::ObjectWords;
