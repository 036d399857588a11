//! Paths of pages that the server treats apart.

/// The start of the path in the link of an invitation. The link's token follows.
pub const INVITATION_PATH: &str = "/invitations/";

/// The only page of a member whose account is suspended.
pub const SUSPENDED_PATH: &str = "/suspended";
/// The start of the path in the link that sets a new password. The link's token follows.
pub const RESET_PATH: &str = "/reset/";
