//! `/accounts`: the sign-in through the API, and the own account (management API contract, 2.12).

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::AccountId;
use serde::Serialize;
use service::Service;
use service::access::{self, AccountProfile, Login, LoginAccount, LoginRequest};
use utoipa::OpenApi;
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::body::{Body, Fields};
use super::error::{ManagementError, Result};
use super::path::Text;
use crate::middleware::client_ip::MaybeClientIp;

/// Longest id or slug of an account, in characters.
const MAX_ACCOUNT_CHARS: usize = 36;

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths())]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new().route("/accounts/login", post(login)).route("/accounts/{id}", get(show))
}

/// The answer to a sign-in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoginView {
    access_token: String,
    refresh_token: Option<String>,
}

/// `POST /accounts/login`: needs no token.
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

/// An account.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountView {
    id: AccountId,
    created_at: Time,
    updated_at: Time,
    name: String,
    company: String,
    email: String,
    alias: String,
    status: &'static str,
    website: Option<String>,
    custom_domain: Option<String>,
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

/// `GET /accounts/:id`: the own account, by its id, its slug or `me`. An own token needs no scope.
async fn show(State(service): State<Service>, caller: Caller, Text(named): Text) -> Result<Response> {
    let account = access::account_profile(&service, caller.actor()).await?;
    let is_own = named.eq_ignore_ascii_case("me")
        || named.eq_ignore_ascii_case(&account.slug)
        || Uuid::parse_str(&named).is_ok_and(|id| id == account.id.0);
    if is_own { answer::ok(&view(account)) } else { Err(ManagementError::NotFound) }
}
