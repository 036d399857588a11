//! Roles and permissions within an account.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// The role of a member. Each role includes the permissions of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// All permissions, including those on the account.
    Owner,
    /// All permissions except those on the account.
    Admin,
    /// Customer support: changes licenses, but not products.
    Support,
    /// Read-only access.
    Viewer,
}

/// A permission on an account's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See products, licenses, activations and customers.
    Read,
    /// See a license key in clear text.
    RevealKey,
    /// Issue and change licenses, release activations, change, merge and export customers.
    WriteLicense,
    /// Import licenses from a file, and remove them again.
    ImportLicenses,
    /// Remove a customer's name and address for good.
    EraseCustomer,
    /// Create and change products.
    WriteProduct,
    /// Create and revoke API tokens.
    ManageTokens,
    /// See audit entries.
    ReadAudit,
}

impl Role {
    /// All roles, the role with most permissions first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Support, Self::Viewer];

    /// Returns whether the role has the permission.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        match permission {
            Permission::Read | Permission::ReadAudit => true,
            Permission::RevealKey | Permission::WriteLicense => self <= Self::Support,
            Permission::WriteProduct
            | Permission::ManageTokens
            | Permission::EraseCustomer
            | Permission::ImportLicenses => self <= Self::Admin,
        }
    }

    /// Returns the role's word in storage and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Support => "support",
            Self::Viewer => "viewer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == s)
            .ok_or_else(|| FieldError::new("role", "The role must be owner, admin, support or viewer."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Permission::{EraseCustomer, Read, ReadAudit, RevealKey, WriteLicense, WriteProduct};

    #[test]
    fn permission_table_is_as_documented() {
        for (role, allowed) in [
            (Role::Owner, [true, true, true, true, true, true]),
            (Role::Admin, [true, true, true, true, true, true]),
            (Role::Support, [true, true, true, true, false, false]),
            (Role::Viewer, [true, true, false, false, false, false]),
        ] {
            let permissions = [Read, ReadAudit, RevealKey, WriteLicense, WriteProduct, EraseCustomer];
            assert_eq!(permissions.map(|p| role.allows(p)), allowed, "{role}");
        }
    }

    #[test]
    fn stored_words_round_trip() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
