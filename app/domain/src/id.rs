//! Identifiers: a type for each kind of row. All are UUID v7 (RFC 9562), so that they sort by
//! creation time. The service generates them, because that needs a clock and randomness.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }
    )+};
}

id! {
    /// An account (tenant) of a seller.
    AccountId,
    /// A user who signs in.
    UserId,
    /// A product that licenses are issued for.
    ProductId,
    /// A customer who holds licenses.
    CustomerId,
    /// A license.
    LicenseId,
    /// A license template: the rules of licenses.
    LicenseTemplateId,
    /// A trial policy: the rules of trials.
    TrialPolicyId,
    /// A license bound to one domain or one machine.
    ActivationId,
    /// An API token for the seller's systems.
    ApiTokenId,
    /// An audit entry.
    AuditEntryId,
    /// An invitation to an account.
    InvitationId,
    /// An invitation of a new seller to this instance.
    SellerInvitationId,
    /// A bulk job.
    BulkJobId,
    /// An import of licenses.
    LicenseImportId,
    /// A mail in the queue.
    MailId,
    /// An organization that customers and licenses belong to.
    OrganizationId,
    /// A tag of customers and licenses.
    TagId,
    /// A connection to a seller's shop.
    ShopConnectionId,
    /// A price of a connection, with what its licenses get.
    ShopPriceId,
    /// An event of a shop, in the log.
    ShopEventId,
    /// A webhook.
    WebhookId,
    /// An event for a webhook.
    WebhookDeliveryId,
    /// An attempt to deliver, or one that waits.
    WebhookAttemptId,
}
