//! The answer's form of a user: a customer, or a member of the team.

use domain::permission::Role;
use serde::Serialize;
use service::customer::{CustomerRecord, MetadataField};
use service::member::MemberRecord;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;
use crate::api::management_api::metadata::MetadataObject;
use crate::api::management_api::organization::OrganizationView;

/// A user: a customer, or a member of the team.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::User)]
#[allow(clippy::struct_excessive_bools, reason = "the contract's form of a user")]
pub struct UserView {
    /// The user's id.
    id: Uuid,
    /// When the user was made.
    created_at: Time,
    /// When the user was last changed.
    updated_at: Time,
    /// The first and the last name, joined by a space.
    name: String,
    /// The first name, or the whole name.
    first_name: String,
    /// The last name, or an empty text.
    last_name: String,
    /// The e-mail address, unique among customers in any case. Empty for a customer who was entered without one.
    email: String,
    /// The company, or an empty text.
    company: String,
    /// `user` or `organization-admin`. A member has a role of the team: `owner`, `admin`, `support` or `viewer`.
    #[schema(value_type = String)]
    role: &'static str,
    /// The role as a list of one.
    #[schema(value_type = Vec<String>)]
    roles: [&'static str; 1],
    /// Whether the sign-in asks for a second factor. Always false for a customer.
    two_factor_enabled: bool,
    /// Always false.
    google_sso_enabled: bool,
    /// Whether the customer may use the customer's page. Stored, and without effect.
    allow_customer_portal_access: bool,
    /// When the user last signed in: a customer by a password or the link of a mail.
    last_login_at: Option<Time>,
    /// When a customer last used the customer's page by a mailed link, or an access token, to five minutes. The last
    /// sign-in of a member.
    last_seen_at: Option<Time>,
    /// The id of the customer's organization.
    organization_id: Option<Uuid>,
    /// The customer's organization.
    organization: Option<OrganizationView>,
    /// Always null.
    reseller_id: Option<Uuid>,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    reseller: Option<()>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    user_groups: [(); 0],
    /// The seller's own fields, at most 50, in the order in which they were made. Their names are unique in any case.
    metadata: Vec<MetadataObject>,
    /// The names of the user's tags, at most 5.
    tags: Vec<String>,
}

fn metadata_object(field: &MetadataField) -> MetadataObject {
    let words = field.permissions.iter().map(|permission| permission.as_str()).collect();
    let pair = (field.key.clone(), field.value.clone());
    MetadataObject::new(field.id, pair, words, field.created_at.into(), field.updated_at.into())
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
            last_login_at: record.last_login_at.map(Time),
            last_seen_at: record.last_seen_at.map(Time),
            organization_id: record.organization.as_ref().map(|organization| organization.id.0),
            organization: record.organization.as_ref().map(OrganizationView::of),
            reseller_id: None,
            reseller: None,
            user_groups: [],
            metadata: record.metadata.iter().map(metadata_object).collect(),
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
            last_seen_at: record.last_sign_in_at.map(Time),
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
