//! A product in bodies: a pure function of its record.

use serde::Serialize;
use service::product::record::ProductRecord;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::license_template::TemplateObject;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::metadata::MetadataObject;
use crate::api::management_api::trial_policy::TrialPolicyObject;

/// A product.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Product)]
pub struct ProductObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// Its name.
    name: String,
    /// The name that customers see.
    display_name: String,
    /// Its description, or an empty text.
    description: String,
    /// The public key of tokens as PEM. Empty until the first key of the product is made, within seconds.
    public_key: String,
    /// Licenses of the product.
    total_licenses: i64,
    /// Machines that tried the product.
    total_trial_activations: u32,
    /// Always 0.
    total_releases: u32,
    /// Always 0.
    total_product_versions: u32,
    /// Always 0.
    total_feature_flags: u32,
    /// Always empty.
    #[schema(value_type = Vec<String>)]
    automated_emails: [(); 0],
    /// Always empty.
    #[schema(value_type = Vec<String>)]
    email_templates: [(); 0],
    /// The id of the template of its licenses.
    license_template_id: Option<Uuid>,
    /// The id of its trial policy. Null: it has no trials.
    trial_policy_id: Option<Uuid>,
    /// The template of its licenses, for older clients.
    license_policy: Option<TemplateObject>,
    /// The trial policy, for older clients.
    trial_policy: Option<TrialPolicyObject>,
    /// Always null.
    icon_url: Option<String>,
    /// The number by which the Domain API knows the product.
    number: i64,
    /// The name in addresses of pages.
    slug: String,
    /// Fields of the seller.
    metadata: Vec<MetadataObject>,
}

impl ProductObject {
    /// Creates the object of a record.
    pub fn new(record: &ProductRecord) -> Self {
        let metadata = record.metadata.iter().map(|field| {
            MetadataObject::new(
                field.id,
                (field.key.clone(), field.value.clone()),
                field.visibility.words(),
                field.created_at.into(),
                field.updated_at.into(),
            )
        });
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
            name: record.name.clone(),
            display_name: record.display_name.clone(),
            description: record.description.clone(),
            public_key: record.public_key.clone().unwrap_or_default(),
            total_licenses: record.licenses,
            total_trial_activations: record.trials,
            total_releases: 0,
            total_product_versions: 0,
            total_feature_flags: 0,
            automated_emails: [],
            email_templates: [],
            license_template_id: record.template.as_ref().map(|template| template.id.0),
            trial_policy_id: record.trial_policy.as_ref().map(|policy| policy.id.0),
            license_policy: record.template.as_ref().map(TemplateObject::new),
            trial_policy: record.trial_policy.as_ref().map(TrialPolicyObject::new),
            icon_url: None,
            number: record.number,
            slug: record.slug.clone(),
            metadata: metadata.collect(),
        }
    }
}

impl ListItem for ProductObject {
    fn id(&self) -> Uuid {
        self.id
    }
}
