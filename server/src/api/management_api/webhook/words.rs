//! The data of events: objects as their GET answers them.

use domain::machine::MetadataEntry;
use domain::webhook::ObjectKind;
use serde::Serialize;
use service::webhook::{
    ActivationRecord, DomainActivationRecord, ObjectRecord, ObjectWords, TrialActivationRecord,
};
use uuid::Uuid;

use super::samples::sample;
use super::view::WebhookBody;
use crate::api::management_api::answer::Time;
use crate::api::management_api::license::{KeyView, LicenseObject};
use crate::api::management_api::license_template::TemplateObject;
use crate::api::management_api::organization::OrganizationView;
use crate::api::management_api::product::ProductObject;
use crate::api::management_api::trial_policy::TrialPolicyObject;
use crate::api::management_api::user::UserView;

/// The words of the management API.
#[derive(Debug, Clone, Copy)]
pub struct ManagementWords;

impl ObjectWords for ManagementWords {
    fn json(&self, record: &ObjectRecord) -> String {
        match record {
            ObjectRecord::License(record) => to_json(&LicenseObject::new((**record).clone(), KeyView::Clear)),
            ObjectRecord::Product(record) => to_json(&ProductObject::new(record)),
            ObjectRecord::LicenseTemplate(record) => to_json(&TemplateObject::new(record)),
            ObjectRecord::TrialPolicy(record) => to_json(&TrialPolicyObject::new(record)),
            ObjectRecord::User(record) => to_json(&UserView::of_customer(record)),
            ObjectRecord::Organization(record) => to_json(&OrganizationView::of(record)),
            ObjectRecord::Activation(record) => to_json(&ActivationBody::new(record)),
            ObjectRecord::DomainActivation(record) => to_json(&DomainBody::new(record)),
            ObjectRecord::TrialActivation(record) => to_json(&TrialBody::new(record)),
            ObjectRecord::Webhook(view) => to_json(&WebhookBody::new((**view).clone())),
        }
    }

    fn with_reset_token(&self, record: &ObjectRecord, token: &str) -> String {
        match record {
            ObjectRecord::User(customer) => {
                to_json(&UserWithToken { user: UserView::of_customer(customer), reset_password_token: token })
            }
            other => self.json(other),
        }
    }

    fn sample(&self, kind: ObjectKind) -> String {
        sample(kind).to_owned()
    }
}

/// Writes a value as JSON. The bodies have no maps with other keys than texts, and no numbers that JSON lacks.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}

/// A customer, and the token that sets the password.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserWithToken<'a> {
    #[serde(flatten)]
    user: UserView,
    reset_password_token: &'a str,
}

/// A place of a machine. Only the address is known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    ip_address: &'a str,
    country_code: &'static str,
    country_name: &'static str,
    region_code: &'static str,
    region_name: &'static str,
    city: &'static str,
    zip_code: &'static str,
    time_zone: &'static str,
    latitude: u8,
    longitude: u8,
}

impl<'a> Location<'a> {
    fn of(ip_address: &'a str) -> Self {
        Self {
            ip_address,
            country_code: "",
            country_name: "",
            region_code: "",
            region_name: "",
            city: "",
            zip_code: "",
            time_zone: "",
            latitude: 0,
            longitude: 0,
        }
    }
}

/// A property that the app has reported.
#[derive(Serialize)]
struct Pair<'a> {
    key: &'a str,
    value: &'a str,
}

fn pairs(metadata: &[MetadataEntry]) -> Vec<Pair<'_>> {
    metadata.iter().map(|pair| Pair { key: &pair.key, value: &pair.value }).collect()
}

#[derive(Serialize)]
struct MeterUse<'a> {
    name: &'a str,
    uses: i64,
}

/// A machine's activation (contract, 2.6).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ActivationBody<'a> {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    os: &'a str,
    os_version: &'a str,
    hostname: &'a str,
    location: Location<'a>,
    vm_name: &'a str,
    container: bool,
    app_version: &'a str,
    release_version: &'a str,
    release_channel: &'static str,
    release_platform: &'static str,
    offline: bool,
    product_id: Uuid,
    license_id: Uuid,
    expires_at: Option<Time>,
    last_synced_at: Option<Time>,
    lease_expires_at: Option<Time>,
    metadata: Vec<Pair<'a>>,
    meter_attributes: Vec<MeterUse<'a>>,
    user_id: Option<Uuid>,
    user: Option<UserView>,
    organization: Option<OrganizationView>,
}

impl<'a> ActivationBody<'a> {
    fn new(record: &'a ActivationRecord) -> Self {
        let meters = record.meters.iter().map(|(name, uses)| MeterUse { name, uses: *uses });
        Self {
            id: record.id.0,
            created_at: Time(record.created_at),
            updated_at: Time(record.last_synced_at.unwrap_or(record.created_at)),
            os: &record.os,
            os_version: &record.os_version,
            hostname: &record.hostname,
            location: Location::of(&record.ip),
            vm_name: &record.vm_name,
            container: record.is_container,
            app_version: &record.app_version,
            release_version: &record.release_version,
            release_channel: "",
            release_platform: "",
            offline: record.is_offline,
            product_id: record.product.0,
            license_id: record.license.0,
            expires_at: record.expires_at.map(Time),
            last_synced_at: record.last_synced_at.map(Time),
            lease_expires_at: record.lease_expires_at.map(Time),
            metadata: pairs(&record.metadata),
            meter_attributes: meters.collect(),
            user_id: record.customer.as_ref().map(|customer| customer.id.0),
            user: record.customer.as_ref().map(UserView::of_customer),
            organization: record.organization.as_ref().map(OrganizationView::of),
        }
    }
}

/// A domain's activation (contract, 2.6).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DomainBody<'a> {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    license_id: Uuid,
    product_id: Uuid,
    domain: &'a str,
    last_verified_at: Option<Time>,
    verifications: i64,
}

impl<'a> DomainBody<'a> {
    fn new(record: &'a DomainActivationRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: Time(record.created_at),
            updated_at: Time(record.last_verified_at.unwrap_or(record.created_at)),
            license_id: record.license.0,
            product_id: record.product.0,
            domain: &record.domain,
            last_verified_at: record.last_verified_at.map(Time),
            verifications: record.verifications,
        }
    }
}

/// A trial (contract, 2.7).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TrialBody<'a> {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    os: &'a str,
    os_version: &'static str,
    hostname: &'a str,
    location: Location<'a>,
    vm_name: &'static str,
    container: bool,
    app_version: &'a str,
    release_version: &'static str,
    release_channel: &'static str,
    release_platform: &'static str,
    offline: bool,
    product_id: Uuid,
    expires_at: Time,
    metadata: Vec<Pair<'a>>,
}

impl<'a> TrialBody<'a> {
    fn new(record: &'a TrialActivationRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: Time(record.created_at),
            updated_at: Time(record.updated_at),
            os: &record.os,
            os_version: "",
            hostname: &record.hostname,
            location: Location::of(&record.ip),
            vm_name: "",
            container: false,
            app_version: &record.app_version,
            release_version: "",
            release_channel: "",
            release_platform: "",
            offline: false,
            product_id: record.product.0,
            expires_at: Time(record.expires_at),
            metadata: pairs(&record.metadata),
        }
    }
}
