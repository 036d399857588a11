//! Read models of the customer's page.

use serde::{Deserialize, Serialize};

use super::license::ActivationPage;
use crate::customer_release::ReleaseAllowance;
use crate::license::{Limit, Standing};
use crate::{CustomerOffline, CustomerRelease, LicenseId, Timestamp};

/// The seller as customers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerBrand {
    /// The seller's name in the address of the page.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The text at the top of the page.
    pub logo: String,
    /// The color, `#rrggbb`; `None` is the color of this server.
    pub color: Option<String>,
    /// Whether the operator has suspended the seller and stopped the apps of the customers.
    pub are_apps_stopped: bool,
}

/// The settings of the customer's page, for its seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPageSettings {
    /// The seller's name in the address of the page.
    pub slug: String,
    /// The account's name, which is the seller's name if none is set.
    pub account: String,
    /// The name.
    pub name: Option<String>,
    /// The logo text.
    pub logo: Option<String>,
    /// The color, `#rrggbb`.
    pub color: Option<String>,
}

/// A license as its customer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLicense {
    /// The id.
    pub id: LicenseId,
    /// The product's name.
    pub product: String,
    /// The current standing, as apps see it.
    pub standing: Standing,
    /// The expiry; `None` is unlimited.
    pub expires_at: Option<Timestamp>,
    /// Domains in use.
    pub domains_used: u32,
    /// The domain limit.
    pub domain_limit: Limit,
    /// Machines in use.
    pub machines_used: u32,
    /// The machine limit.
    pub machine_limit: Limit,
}

/// A page of the licenses of a customer, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLicenses {
    /// The customer's address.
    pub email: String,
    /// The licenses.
    pub licenses: Vec<OwnLicense>,
    /// The page of older licenses begins after this one.
    pub older: Option<LicenseId>,
}

/// A license with its domains and machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLicenseView {
    /// The license.
    pub license: OwnLicense,
    /// The key's last four characters, if a link opened the page.
    pub last_four: Option<String>,
    /// How often the customer may free an activation.
    pub rule: CustomerRelease,
    /// Whether the customer may free one now.
    pub allowance: ReleaseAllowance,
    /// Whether the customer may activate machines without a network.
    pub offline: CustomerOffline,
    /// Whether a link can be sent to the license's customer.
    pub has_address: bool,
    /// The domains; `None` if the page does not show them.
    pub domains: Option<ActivationPage>,
    /// The machines; `None` if the page does not show them.
    pub machines: Option<ActivationPage>,
}
