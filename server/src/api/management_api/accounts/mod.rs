//! `/accounts`: the sign-in through the API, and the own account (management API contract, 2.12).

mod schema;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::AccountId;
use serde::Serialize;
use service::Service;
use service::access::{self, AccountProfile, Login, LoginAccount, LoginRequest};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::body::{Body, Fields};
use super::error::{ManagementError, Result};
use super::path::Text;
use crate::middleware::client_ip::MaybeClientIp;
use schema::SignIn;

/// Longest id or slug of an account, in characters.
const MAX_ACCOUNT_CHARS: usize = 36;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(login, show))]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new().route("/accounts/login", post(login)).route("/accounts/{id}", get(show))
}

/// The answer to a sign-in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::SignedIn)]
struct LoginView {
    /// The access token, valid for 12 hours.
    access_token: String,
    /// Always null.
    refresh_token: Option<String>,
}

/// Sign in
///
/// Returns an access token for a member or a customer. A member's token may do what the role allows; a
/// customer's may call `/v3/me` and the paths below it.
#[utoipa::path(post, path = "/v3/accounts/login", tag = "Access", operation_id = "signIn",
    request_body = SignIn,
    responses(
        (status = 200, description = "The access token.", body = LoginView),
        (status = 400, description = "A field is missing or wrong. `message` names it. \
            `AUTHENTICATION_FAILED`: the account, the e-mail address, the password or the code is wrong. \
            `TWO_FACTOR_CODE_REQUIRED`: the sign-in needs a code of the second factor."),
    ))]
async fn login(State(service): State<Service>, ip: MaybeClientIp, Body(fields): Body) -> Result<Response> {
    let request = LoginRequest {
        account: parse_account(&fields)?,
        email: fields.required_string("email", 1..=256)?,
        password: fields
            .password("password", 8..=256)?
            .ok_or_else(|| fields.error("password", "is required"))?,
        code: parse_code(&fields)?,
        address: ip.to_text(),
    };
    match access::login(&service, request).await? {
        Login::Token(access_token) => answer::ok(&LoginView { access_token, refresh_token: None }),
        Login::CodeRequired => Err(ManagementError::TwoFactorCodeRequired),
        Login::AccountRequired => Err(ManagementError::Validation(
            "The accountId field is required: you are a member of several accounts.".to_owned(),
        )),
    }
}

/// Returns the account that the body names, under any of its names.
fn parse_account(fields: &Fields) -> Result<LoginAccount> {
    for name in ["accountId", "accountAlias", "companyId"] {
        if let Some(text) = fields.string(name, 1..=MAX_ACCOUNT_CHARS)?.value() {
            return Ok(match Uuid::parse_str(&text) {
                Ok(id) => LoginAccount::Id(AccountId(id)),
                Err(_) => LoginAccount::Slug(text),
            });
        }
    }
    Ok(LoginAccount::Only)
}

fn parse_code(fields: &Fields) -> Result<Option<String>> {
    let of_app = fields.scalar_text("twoFactorCode", 1..=64)?.value();
    Ok(of_app.or(fields.string("twoFactorRecoveryCode", 1..=64)?.value()))
}

/// The account of a seller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Account)]
struct AccountView {
    /// The account's id.
    #[schema(value_type = Uuid)]
    id: AccountId,
    /// When the account was made.
    created_at: Time,
    /// Same as `createdAt`.
    updated_at: Time,
    /// Its name.
    name: String,
    /// Same as `name`.
    company: String,
    /// The e-mail address of the owner who joined first, or an empty text.
    email: String,
    /// Its slug.
    alias: String,
    /// Always `active`.
    #[schema(value_type = String)]
    status: &'static str,
    /// Always null.
    website: Option<String>,
    /// Always null.
    custom_domain: Option<String>,
    /// Always null.
    logo_url: Option<String>,
}

fn view(account: AccountProfile) -> AccountView {
    AccountView {
        id: account.id,
        created_at: account.created_at.into(),
        updated_at: account.created_at.into(),
        company: account.name.clone(),
        name: account.name,
        email: account.email.unwrap_or_default(),
        alias: account.slug,
        status: "active",
        website: None,
        custom_domain: None,
        logo_url: None,
    }
}

/// Show the own account
///
/// Needs no scope, and no token of a customer. Other accounts are answered with 404.
#[utoipa::path(get, path = "/v3/accounts/{id}", tag = "Access", operation_id = "showAccount",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The account's id, its slug, or `me`.")),
    responses((status = 200, description = "The account.", body = AccountView)))]
async fn show(State(service): State<Service>, caller: Caller, Text(named): Text) -> Result<Response> {
    let account = access::account_profile(&service, caller.actor()).await?;
    let is_own = named.eq_ignore_ascii_case("me")
        || named.eq_ignore_ascii_case(&account.slug)
        || Uuid::parse_str(&named).is_ok_and(|id| id == account.id.0);
    if is_own { answer::ok(&view(account)) } else { Err(ManagementError::NotFound) }
}
