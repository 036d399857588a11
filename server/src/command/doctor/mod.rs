//! `countersign doctor`: checks an installation and says what to do. It changes nothing, and works beside a running
//! server as well as without one.

mod backups;
mod certificate;
mod code;
mod database;
mod disk;
mod examine;
mod files;
mod forwarding;
mod mail;
mod master_key;
mod ordered_certificate;
mod own_certificate;
mod platform;
mod public_url;
mod report;
mod running;
mod settings;

pub use examine::{examine, settings_are_invalid};
