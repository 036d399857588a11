//! Roles of customers in the management API. They are no roles of the team.

/// The role of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CustomerRole {
    /// A customer like any other.
    #[default]
    User,
    /// Administers the organization. Stored and answered; no page depends on it yet.
    OrganizationAdmin,
}

impl CustomerRole {
    /// All roles.
    pub const ALL: [Self; 2] = [Self::User, Self::OrganizationAdmin];

    /// Returns the word in storage and in the management API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::OrganizationAdmin => "organization-admin",
        }
    }

    /// Parses a word in any case. `None` for any other word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str().eq_ignore_ascii_case(word.trim()))
    }

    /// Parses the stored word. A word of a later version is a customer like any other.
    #[must_use]
    pub fn from_storage(word: &str) -> Self {
        Self::parse(word).unwrap_or_default()
    }
}

/// Returns whether a word is a role of the team, which the management API never gives.
#[must_use]
pub fn is_team_role(word: &str) -> bool {
    ["admin", "super-admin"].iter().any(|role| role.eq_ignore_ascii_case(word.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_round_trip() {
        for (role, word) in
            [(CustomerRole::User, "user"), (CustomerRole::OrganizationAdmin, "organization-admin")]
        {
            assert_eq!(role.as_str(), word);
            assert_eq!(CustomerRole::from_storage(word), role);
            assert_eq!(CustomerRole::parse(&format!(" {} ", word.to_uppercase())), Some(role));
        }
        assert_eq!(CustomerRole::from_storage("auditor"), CustomerRole::User);
    }

    #[test]
    fn team_roles_are_no_roles_of_customers() {
        for word in ["admin", "Super-Admin"] {
            assert!(is_team_role(word));
            assert_eq!(CustomerRole::parse(word), None);
        }
        assert!(!is_team_role("organization-admin"));
    }
}
