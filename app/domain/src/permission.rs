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

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $label:literal, $lowest:ident;)+) => {
        /// A permission on an account's data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        /// The permission table: the only rule of what a role allows. A page shows it.
        pub const PERMISSION_TABLE: &[PermissionRow] = &[$(PermissionRow {
            permission: Permission::$name,
            label: $label,
            lowest_role: Role::$lowest,
        },)+];
    };
}

/// A row of the permission table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionRow {
    /// The permission.
    pub permission: Permission,
    /// The permission in words, for the page.
    pub label: &'static str,
    /// The lowest role that has the permission. The roles above it have it too.
    pub lowest_role: Role,
}

permissions! {
    /// See products, licenses, activations, customers and members.
    Read = "See products, licenses, domains, machines, customers and the team", Viewer;
    /// See audit entries.
    ReadAudit = "See the audit log and the history of licenses", Viewer;
    /// See a license key in clear text.
    RevealKey = "See and export license keys", Support;
    /// Issue and change licenses, release activations, change, merge and export customers.
    WriteLicense = "Issue and change licenses, free slots, change and merge customers", Support;
    /// Make a revoked license active again.
    UndoRevocation = "Undo revocations of licenses", Admin;
    /// Import licenses from a file, and remove them again.
    ImportLicenses = "Import licenses from a file", Admin;
    /// Remove a customer's name and address for good.
    EraseCustomer = "Erase a customer’s name and address", Admin;
    /// Create and change products.
    WriteProduct = "Make and change products, rotate their signing keys", Admin;
    /// Create and revoke API tokens.
    ManageTokens = "Make and withdraw API tokens", Admin;
    /// See the account's mails, send failed ones again, send a test mail, and change mails to customers.
    ManageMail = "See mails, send them again, change mails to customers", Admin;
    /// Make and change webhooks, send tests, and send events again.
    ManageWebhooks = "Make and change webhooks, send their events again", Admin;
    /// Change the name, logo text and color of the customer's page.
    ManageCustomerPage = "Change the customers’ page", Admin;
    /// Invite members with a role below admin, change their roles and remove them.
    ManageMembers = "Invite, change and remove support and viewers", Admin;
    /// Invite owners and admins, change their roles, remove them, and transfer the ownership.
    ManageOwners = "Invite, change and remove owners and admins, transfer the ownership, set the sign-in rule", Owner;
}

impl Role {
    /// All roles, the role with most permissions first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Support, Self::Viewer];

    /// Returns whether the role has the permission, by the permission table.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        PERMISSION_TABLE.iter().any(|row| row.permission == permission && self <= row.lowest_role)
    }

    /// Returns the role's name for pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Support => "Support",
            Self::Viewer => "Viewer",
        }
    }

    /// Returns what the role is for, in words.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Owner => "everything, including owners and admins",
            Self::Admin => "everything except owners and admins",
            Self::Support => "licenses and customers, but no products",
            Self::Viewer => "reads, and changes nothing",
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

/// Returns whether a member with the role `actor` may change a member's role from `from` to `to`. The role
/// `from` is `None` for an invitation, and `to` is `None` for a removal.
///
/// Owners assign every role. Admins assign the roles below admin. An account's last owner is protected by the
/// service, which knows the other members.
#[must_use]
pub fn may_assign(actor: Role, from: Option<Role>, to: Option<Role>) -> bool {
    let needed = |role: Role| match role {
        Role::Owner | Role::Admin => Permission::ManageOwners,
        Role::Support | Role::Viewer => Permission::ManageMembers,
    };
    let mut roles = from.into_iter().chain(to).peekable();
    roles.peek().is_some() && roles.all(|role| actor.allows(needed(role)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Permission::{
        EraseCustomer, ImportLicenses, ManageCustomerPage, ManageMail, ManageMembers, ManageOwners,
        ManageTokens, ManageWebhooks, Read, ReadAudit, RevealKey, UndoRevocation, WriteLicense, WriteProduct,
    };
    use proptest::prelude::*;

    fn role() -> impl Strategy<Value = Role> {
        prop::sample::select(Role::ALL.to_vec())
    }

    #[test]
    fn permission_table_is_as_documented() {
        let of_viewers = [Read, ReadAudit].as_slice();
        let of_support = [RevealKey, WriteLicense].as_slice();
        let of_admins = [
            UndoRevocation,
            ImportLicenses,
            EraseCustomer,
            WriteProduct,
            ManageTokens,
            ManageMail,
            ManageWebhooks,
            ManageCustomerPage,
            ManageMembers,
        ]
        .as_slice();
        let of_owners = [ManageOwners].as_slice();
        for (lowest_role, permissions) in [
            (Role::Viewer, of_viewers),
            (Role::Support, of_support),
            (Role::Admin, of_admins),
            (Role::Owner, of_owners),
        ] {
            for permission in permissions {
                for role in Role::ALL {
                    assert_eq!(role.allows(*permission), role <= lowest_role, "{role}: {permission:?}");
                }
            }
        }
        assert_eq!(PERMISSION_TABLE.len(), 14);
    }

    #[test]
    fn owners_assign_every_role_and_admins_the_roles_below() {
        for (from, to) in
            [(None, Some(Role::Owner)), (Some(Role::Admin), None), (Some(Role::Owner), Some(Role::Viewer))]
        {
            assert!(may_assign(Role::Owner, from, to), "{from:?} to {to:?}");
            assert!(!may_assign(Role::Admin, from, to), "{from:?} to {to:?}");
        }
        for (from, to) in [
            (None, Some(Role::Support)),
            (Some(Role::Viewer), Some(Role::Support)),
            (Some(Role::Support), None),
        ] {
            assert!(may_assign(Role::Admin, from, to), "{from:?} to {to:?}");
            assert!(!may_assign(Role::Support, from, to), "{from:?} to {to:?}");
        }
    }

    #[test]
    fn stored_words_round_trip() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }

    proptest! {
        #[test]
        fn no_member_raises_the_own_role(own in role(), to in role()) {
            prop_assert!(to >= own || !may_assign(own, Some(own), Some(to)));
        }

        #[test]
        fn no_member_gives_a_role_above_the_own_one(
            actor in role(), from in prop::option::of(role()), to in role(),
        ) {
            prop_assert!(to >= actor || !may_assign(actor, from, Some(to)));
        }

        #[test]
        fn no_member_acts_on_a_higher_role(actor in role(), from in role(), to in prop::option::of(role())) {
            prop_assert!(from >= actor || !may_assign(actor, Some(from), to));
        }

        #[test]
        fn a_higher_role_may_do_no_less(
            actor in role(), from in prop::option::of(role()), to in prop::option::of(role()),
        ) {
            for higher in Role::ALL.into_iter().filter(|role| *role <= actor) {
                prop_assert!(!may_assign(actor, from, to) || may_assign(higher, from, to));
            }
        }
    }
}
