//! Read models of objects.

use domain::machine::MetadataEntry;
use domain::view::WebhookView;
use domain::webhook::ObjectKind;
use domain::{ActivationId, LicenseId, ProductId, Timestamp};
use uuid::Uuid;

use crate::customer::CustomerRecord;
use crate::license::record::LicenseRecord;
use crate::license_template::TemplateRecord;
use crate::organization::OrganizationRecord;
use crate::product::record::ProductRecord;
use crate::trial_policy::TrialPolicyRecord;

/// The kind and the id of an object.
pub(in crate::webhook) type ObjectKey = (ObjectKind, Uuid);

/// An object as it was right after a change, or right before its deletion. Has no `Debug`, because of the keys of
/// licenses.
#[derive(Clone)]
pub enum ObjectRecord {
    /// A license.
    License(Box<LicenseRecord>),
    /// A product.
    Product(Box<ProductRecord>),
    /// A license template.
    LicenseTemplate(Box<TemplateRecord>),
    /// A trial policy.
    TrialPolicy(Box<TrialPolicyRecord>),
    /// A customer.
    User(Box<CustomerRecord>),
    /// An organization.
    Organization(Box<OrganizationRecord>),
    /// A license bound to one machine.
    Activation(Box<ActivationRecord>),
    /// A license bound to one domain.
    DomainActivation(Box<DomainActivationRecord>),
    /// A trial of a machine.
    TrialActivation(Box<TrialActivationRecord>),
    /// A webhook.
    Webhook(Box<WebhookView>),
}

/// A license bound to one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationRecord {
    /// The activation's id.
    pub id: ActivationId,
    /// The license.
    pub license: LicenseId,
    /// The product.
    pub product: ProductId,
    /// The customer of the license.
    pub customer: Option<CustomerRecord>,
    /// The organization of the license.
    pub organization: Option<OrganizationRecord>,
    /// When the machine was activated.
    pub created_at: Timestamp,
    /// The last sync.
    pub last_synced_at: Option<Timestamp>,
    /// When the lease ends, if the license is floating.
    pub lease_expires_at: Option<Timestamp>,
    /// When the license expires.
    pub expires_at: Option<Timestamp>,
    /// The operating system.
    pub os: String,
    /// Its version.
    pub os_version: String,
    /// The network name.
    pub hostname: String,
    /// The address of the request that activated the machine.
    pub ip: String,
    /// Name of the virtual machine.
    pub vm_name: String,
    /// Whether the machine is a container.
    pub is_container: bool,
    /// The app's version.
    pub app_version: String,
    /// The app's release.
    pub release_version: String,
    /// Whether the machine was activated by a file.
    pub is_offline: bool,
    /// The app's own properties.
    pub metadata: Vec<MetadataEntry>,
    /// The uses of each meter.
    pub meters: Vec<(String, i64)>,
}

/// A license bound to one domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainActivationRecord {
    /// The activation's id.
    pub id: ActivationId,
    /// The license.
    pub license: LicenseId,
    /// The product.
    pub product: ProductId,
    /// The domain.
    pub domain: String,
    /// When the domain was activated.
    pub created_at: Timestamp,
    /// The last verification.
    pub last_verified_at: Option<Timestamp>,
    /// The number of verifications.
    pub verifications: i64,
}

/// A trial of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialActivationRecord {
    /// The trial's id.
    pub id: ActivationId,
    /// The product.
    pub product: ProductId,
    /// When the trial started.
    pub created_at: Timestamp,
    /// When a seller changed it, or when it started.
    pub updated_at: Timestamp,
    /// When the trial ends.
    pub expires_at: Timestamp,
    /// The operating system.
    pub os: String,
    /// The network name.
    pub hostname: String,
    /// The address of the request that started the trial.
    pub ip: String,
    /// The app's version.
    pub app_version: String,
    /// The app's own properties.
    pub metadata: Vec<MetadataEntry>,
}
