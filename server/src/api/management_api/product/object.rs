//! A product in bodies: a pure function of its record.

use serde::Serialize;
use service::product::record::ProductRecord;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::license::MetadataObject;
use crate::api::management_api::license_template::TemplateObject;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::trial_policy::TrialPolicyObject;

/// A product.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    name: String,
    display_name: String,
    description: String,
    /// Empty until the first key of the product is made, within seconds.
    public_key: String,
    total_licenses: i64,
    total_trial_activations: u32,
    total_releases: u32,
    total_product_versions: u32,
    total_feature_flags: u32,
    automated_emails: [(); 0],
    email_templates: [(); 0],
    license_template_id: Option<Uuid>,
    trial_policy_id: Option<Uuid>,
    /// For older clients.
    license_policy: Option<TemplateObject>,
    trial_policy: Option<TrialPolicyObject>,
    icon_url: Option<String>,
    number: i64,
    slug: String,
    metadata: Vec<MetadataObject>,
}

impl ProductObject {
    /// Creates the object of a record.
    pub fn new(record: &ProductRecord) -> Self {
        let metadata = record.metadata.iter().map(|field| {
            MetadataObject::from_parts(
                field.id,
                (field.key.clone(), field.value.clone()),
                field.visibility,
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
