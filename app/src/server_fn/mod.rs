//! Private calls of the pages, for the cookie session only. Each says who is
//! asking, parses, calls the service and maps the error.

#![allow(
    clippy::unused_async,
    missing_docs,
    reason = "the macro makes a struct of each function, with its arguments as fields"
)]

pub mod api_token;
pub mod license;
pub mod offline;
pub mod overview;
pub mod product;
pub mod session;
pub mod set_up;
