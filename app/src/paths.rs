//! Paths of pages that the server treats apart.

/// The start of the path in the link of an invitation. The link's token follows.
pub const INVITATION_PATH: &str = "/invitations/";

/// The customer's page, and the start of the path of each seller's: the seller's slug follows.
pub const CUSTOMER_PAGE_PATH: &str = "/manage";

/// Returns whether a path is one of the customer's page.
#[must_use]
pub fn is_customer_page_path(path: &str) -> bool {
    path.strip_prefix(CUSTOMER_PAGE_PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The only page of a member whose account is suspended.
pub const SUSPENDED_PATH: &str = "/suspended";
/// The page on which a seller signs up.
pub const SIGN_UP_PAGE: &str = "/sign-up";
/// The start of the path in the link with which a seller signs up. The link's token follows.
pub const SIGN_UP_PATH: &str = "/sign-up/";
/// The start of the path in the link that sets a new password. The link's token follows.
pub const RESET_PATH: &str = "/reset/";
