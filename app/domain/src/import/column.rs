//! Columns of an import, by the names that other systems give them.

use serde::{Deserialize, Serialize};

/// A property of a license that a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The license key. Without one, a key is generated.
    LicenseKey,
    /// The product's slug or name.
    Product,
    /// The customer's whole name.
    CustomerName,
    /// The customer's first name.
    FirstName,
    /// The customer's last name.
    LastName,
    /// The customer's e-mail address.
    CustomerEmail,
    /// Active, suspended, revoked or expired.
    Standing,
    /// The reason of a suspension or revocation.
    Reason,
    /// The domain limit.
    DomainLimit,
    /// The machine limit.
    MachineLimit,
    /// The expiry.
    ExpiresAt,
    /// The time of issue.
    IssuedAt,
    /// Notes about the license.
    Notes,
}

/// The names of columns without case, spaces and punctuation, and the property that each holds. The first
/// name of a property is that of the export.
pub(super) const NAMES: &[(Column, &[&str])] = &[
    (
        Column::LicenseKey,
        &[
            "licensekey",
            "license",
            "key",
            "licencekey",
            "licence",
            "serial",
            "serialnumber",
            "serialkey",
            "productkey",
            "activationkey",
            "activationcode",
            "licensecode",
            "purchasecode",
            "code",
        ],
    ),
    (
        Column::Product,
        &["product", "productslug", "productname", "productid", "item", "itemname", "software", "download"],
    ),
    (
        Column::CustomerName,
        &[
            "customername",
            "name",
            "customer",
            "fullname",
            "licensee",
            "owner",
            "ownername",
            "buyer",
            "buyername",
            "username",
        ],
    ),
    (Column::FirstName, &["firstname", "givenname", "customerfirstname"]),
    (Column::LastName, &["lastname", "surname", "familyname", "customerlastname"]),
    (
        Column::CustomerEmail,
        &[
            "customeremail",
            "email",
            "emailaddress",
            "mail",
            "owneremail",
            "useremail",
            "buyeremail",
            "licenseemail",
            "licenseeemail",
            "billingemail",
        ],
    ),
    (Column::Standing, &["standing", "status", "state", "licensestatus"]),
    (Column::Reason, &["reason", "statusreason", "suspensionreason"]),
    (
        Column::DomainLimit,
        &[
            "domainlimit",
            "domains",
            "maxdomains",
            "alloweddomains",
            "sites",
            "sitelimit",
            "maxsites",
            "activationlimit",
            "activationslimit",
            "maxactivations",
            "timesactivatedmax",
            "maxalloweddomains",
        ],
    ),
    (
        Column::MachineLimit,
        &[
            "machinelimit",
            "machines",
            "maxmachines",
            "devices",
            "devicelimit",
            "maxdevices",
            "seats",
            "allowedactivations",
        ],
    ),
    (
        Column::ExpiresAt,
        &[
            "expiresat",
            "expires",
            "expiry",
            "expirydate",
            "expiration",
            "expirationdate",
            "expirydatetime",
            "expiredate",
            "validuntil",
            "validto",
            "enddate",
            "dateexpiry",
        ],
    ),
    (
        Column::IssuedAt,
        &[
            "issuedat",
            "createdat",
            "created",
            "creationdate",
            "datecreated",
            "issued",
            "issuedate",
            "purchasedate",
            "startdate",
        ],
    ),
    (Column::Notes, &["notes", "note", "comment", "comments"]),
];

impl Column {
    /// Returns the column's name in an export and in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LicenseKey => "license_key",
            Self::Product => "product",
            Self::CustomerName => "customer_name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::CustomerEmail => "customer_email",
            Self::Standing => "standing",
            Self::Reason => "reason",
            Self::DomainLimit => "domain_limit",
            Self::MachineLimit => "machine_limit",
            Self::ExpiresAt => "expires_at",
            Self::IssuedAt => "issued_at",
            Self::Notes => "notes",
        }
    }

    /// Returns the property that a column of this name holds, in any case and with any punctuation.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let folded = folded(name);
        NAMES.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(column, _)| *column)
    }
}

/// Returns a name without case, spaces and punctuation.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_systems_are_known() {
        for (column, names) in NAMES {
            assert_eq!(Column::of_name(column.name()), Some(*column));
            for name in *names {
                assert_eq!(Column::of_name(name), Some(*column), "{name}");
            }
        }
        for (name, column) in [
            ("License Key", Column::LicenseKey),
            ("E-Mail", Column::CustomerEmail),
            ("Expiration date", Column::ExpiresAt),
            ("activations_limit", Column::DomainLimit),
            ("allowedActivations", Column::MachineLimit),
        ] {
            assert_eq!(Column::of_name(name), Some(column), "{name}");
        }
    }
}
