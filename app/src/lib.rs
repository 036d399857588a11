//! The dashboard: pages, components and server functions.
//!
//! Every page renders on the server and works without JavaScript. Hydration only avoids full reloads.

#![recursion_limit = "512"]

mod app;
mod component;
pub mod context;
mod current_flash;
mod error;
mod flash;
pub mod form;
mod page;
pub mod server_fn;
mod shell;

pub use app::App;
pub use error::UiError;
pub use flash::Flash;
pub use shell::shell;
