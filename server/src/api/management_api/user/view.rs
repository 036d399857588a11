//! The answer's form of a user: a customer, or a member of the team.

use domain::permission::Role;
use serde::Serialize;
use service::customer::{CustomerRecord, MetadataField};
use service::member::MemberRecord;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::organization::OrganizationView;

/// A user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "the contract's form of a user")]
pub struct UserView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    name: String,
    first_name: String,
    last_name: String,
    email: String,
    company: String,
    role: &'static str,
    roles: [&'static str; 1],
    two_factor_enabled: bool,
    google_sso_enabled: bool,
    allow_customer_portal_access: bool,
    last_login_at: Option<Time>,
    last_seen_at: Option<Time>,
    organization_id: Option<Uuid>,
    organization: Option<OrganizationView>,
    reseller_id: Option<Uuid>,
    reseller: Option<()>,
    user_groups: [(); 0],
    metadata: Vec<MetadataView>,
    tags: Vec<String>,
}

/// A pair of metadata.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetadataView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    key: String,
    value: String,
    view_permissions: Vec<&'static str>,
    visible: bool,
}

impl From<&MetadataField> for MetadataView {
    fn from(field: &MetadataField) -> Self {
        use domain::object_metadata::ViewPermission;
        Self {
            id: field.id,
            created_at: field.created_at.into(),
            updated_at: field.updated_at.into(),
            key: field.key.clone(),
            value: field.value.clone(),
            view_permissions: field.permissions.iter().map(|permission| permission.as_str()).collect(),
            visible: field.permissions.contains(&ViewPermission::Activation),
        }
    }
}

impl UserView {
    /// Creates the form of a customer.
    #[must_use]
    pub fn of_customer(record: &CustomerRecord) -> Self {
        let role = record.role.as_str();
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
            name: record.name.joined(),
            first_name: record.name.first.clone(),
            last_name: record.name.last.clone(),
            email: record.email.clone().unwrap_or_default(),
            company: record.company.clone(),
            role,
            roles: [role],
            two_factor_enabled: false,
            google_sso_enabled: false,
            allow_customer_portal_access: record.portal_access,
            last_login_at: None,
            last_seen_at: None,
            organization_id: record.organization.as_ref().map(|organization| organization.id.0),
            organization: record.organization.as_ref().map(OrganizationView::of),
            reseller_id: None,
            reseller: None,
            user_groups: [],
            metadata: record.metadata.iter().map(MetadataView::from).collect(),
            tags: record.tags.clone(),
        }
    }

    /// Creates the form of a member, as `/me` answers it.
    #[must_use]
    pub fn of_member(record: &MemberRecord) -> Self {
        let role = Role::as_str(record.role);
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
            name: record.name.joined(),
            first_name: record.name.first.clone(),
            last_name: record.name.last.clone(),
            email: record.email.clone(),
            company: String::new(),
            role,
            roles: [role],
            two_factor_enabled: record.has_second_factor,
            google_sso_enabled: false,
            allow_customer_portal_access: false,
            last_login_at: record.last_sign_in_at.map(Time),
            last_seen_at: None,
            organization_id: None,
            organization: None,
            reseller_id: None,
            reseller: None,
            user_groups: [],
            metadata: Vec::new(),
            tags: Vec::new(),
        }
    }
}

impl ListItem for UserView {
    fn id(&self) -> Uuid {
        self.id
    }
}
