//! The dashboard: pages, the components they are made of, and the server
//! functions they call. Everything renders on the server and works without
//! JavaScript; hydration spares full reloads and adds nothing else.

#![recursion_limit = "512"]

mod app;
mod component;
pub mod context;
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
