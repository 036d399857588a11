//! `/me`: who the token stands for (management API contract, 2.12).

mod schema;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::bounded_text::Name;
use serde::Serialize;
use service::access::{self, Profile};
use service::{Error, Service, account, customer};
use utoipa::OpenApi;
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::body::Body;
use super::error::{ManagementError, Result};
use super::user::{self, UserView};
use schema::NameChange;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(show, rename))]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new().route("/me", get(show).patch(rename))
}

/// A member or a token in the form of a user: [`UserView`] describes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MeView {
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
    organization: Option<()>,
    reseller_id: Option<Uuid>,
    reseller: Option<()>,
    user_groups: [(); 0],
    metadata: [(); 0],
    tags: [(); 0],
}

/// Splits a name into the first word and the others.
fn split_name(name: &str) -> (&str, &str) {
    name.split_once(' ').unwrap_or((name, ""))
}

fn view(profile: Profile) -> MeView {
    let (first_name, last_name) = split_name(&profile.name);
    let role = profile.role.map_or("admin", domain::permission::Role::as_str);
    MeView {
        id: profile.id,
        created_at: profile.created_at.into(),
        updated_at: profile.updated_at.into(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        name: profile.name,
        email: profile.email.unwrap_or_default(),
        company: String::new(),
        role,
        roles: [role],
        two_factor_enabled: profile.has_second_factor,
        google_sso_enabled: false,
        allow_customer_portal_access: false,
        last_login_at: profile.last_sign_in_at.map(Time),
        last_seen_at: profile.last_sign_in_at.map(Time),
        organization_id: None,
        organization: None,
        reseller_id: None,
        reseller: None,
        user_groups: [],
        metadata: [],
        tags: [],
    }
}

/// Show who the token stands for
///
/// Needs no scope. The answer is a member or a customer. A token that stands for no user answers its own id and
/// name, with the role `admin`.
#[utoipa::path(get, path = "/v3/me", tag = "Access", operation_id = "showMe",
    security(("bearer" = [])),
    responses((status = 200, description = "The user.", body = UserView)))]
async fn show(State(service): State<Service>, caller: Caller) -> Result<Response> {
    if caller.customer().is_some() {
        let record = customer::show_own_record(&service, caller.actor()).await?;
        return answer::ok(&UserView::of_customer(&record));
    }
    answer::ok(&view(access::profile(&service, caller.actor()).await?))
}

/// Change the own name
///
/// Needs no scope, and a token from the sign-in of a member or of a user. Other tokens are answered with 403.
#[utoipa::path(patch, path = "/v3/me", tag = "Access", operation_id = "changeMe",
    security(("bearer" = [])),
    request_body = NameChange,
    responses((status = 200, description = "The user.", body = UserView)))]
async fn rename(State(service): State<Service>, caller: Caller, Body(fields): Body) -> Result<Response> {
    if caller.customer().is_some() {
        let (first, last) = user::names(&fields)?;
        let record = customer::rename_own(&service, caller.actor(), first, last).await?;
        return answer::ok(&UserView::of_customer(&record));
    }
    let profile = access::profile(&service, caller.actor()).await?;
    if profile.role.is_none() {
        let message = "This access token stands for no user. Change its name at /personal-access-tokens.";
        return Err(ManagementError::Forbidden(message.to_owned()));
    }
    let (first, last) = split_name(&profile.name);
    let first = fields.string("firstName", 1..=256)?.value().unwrap_or_else(|| first.to_owned());
    let last = fields.string("lastName", 0..=256)?.change_or_default().unwrap_or_else(|| last.to_owned());
    let name = Name::parse("name", &format!("{first} {last}")).map_err(Error::from)?;
    account::rename_user(&service, caller.actor(), &name).await?;
    answer::ok(&view(access::profile(&service, caller.actor()).await?))
}
