//! The dashboard: pages, components and server functions.
//!
//! Every page renders on the server (feature `ssr`) and works without JavaScript. Islands add what needs state
//! in the browser; they alone are compiled to WebAssembly.

#![recursion_limit = "512"]

pub mod island;

#[cfg(feature = "ssr")]
mod app;
#[cfg(feature = "ssr")]
mod component;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
mod current_flash;
#[cfg(feature = "ssr")]
mod error;
#[cfg(feature = "ssr")]
mod flash;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod paths;
#[cfg(feature = "ssr")]
pub mod server_fn;
#[cfg(feature = "ssr")]
mod shell;

/// The path to which the form of an import sends its file.
#[cfg(feature = "ssr")]
pub const IMPORT_PATH: &str = "/_fn/import_licenses";

#[cfg(feature = "ssr")]
pub use {
    app::App,
    error::UiError,
    flash::Flash,
    paths::{
        CUSTOMER_PAGE_PATH, INVITATION_PATH, RESET_PATH, SIGN_UP_PAGE, SIGN_UP_PATH, SUSPENDED_PATH,
        is_customer_page_path,
    },
    shell::shell,
};
