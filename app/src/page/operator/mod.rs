//! Pages of the operator. Other users get the page of an unknown path.

mod changelog;
mod health;
mod nodes;
mod seller_invitations;
mod sellers;
mod settings;
mod suspend_form;

pub use health::Health;
pub use sellers::Sellers;
pub use settings::ServerSettings;
