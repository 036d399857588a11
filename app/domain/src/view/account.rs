//! Who is signed in.

use serde::{Deserialize, Serialize};

use crate::permission::Role;

/// The member that a page is rendered for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The person's name.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// The account they work in.
    pub account: String,
    /// What they may do there.
    pub role: Role,
}
