//! The pages of the dashboard, one module each.

mod api_tokens;
mod customer;
mod customers;
mod integrate;
mod issue_license;
mod issued_licenses;
mod license;
mod licenses;
mod not_found;
mod offline;
mod overview;
mod product;
mod products;
mod set_up;
mod sign_in;
mod welcome;

pub use api_tokens::ApiTokens;
pub use customer::Customer;
pub use customers::Customers;
pub use integrate::Integrate;
pub(crate) use integrate::snippets;
pub use issue_license::IssueLicense;
pub use issued_licenses::IssuedLicenses;
pub use license::License;
pub use licenses::Licenses;
pub use not_found::NotFound;
pub use offline::Offline;
pub use overview::Overview;
pub use product::{NewProduct, Product};
pub use products::Products;
pub use set_up::SetUp;
pub use sign_in::SignIn;
pub use welcome::Welcome;
