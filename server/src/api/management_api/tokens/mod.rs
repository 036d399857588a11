//! `/personal-access-tokens`: the account's API tokens (management API contract, 2.9).

mod schema;
mod view;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::FilterField;
use domain::view::ApiTokenRow;
use domain::{ApiTokenId, FieldError, Scope, ScopeSet};
use service::api_token::{self, NewApiToken, TokenChange, TokenName, TokenRights, Visible};
use service::{Error, Service};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, OpenApi};

use super::access::Caller;
use super::answer;
use super::body::{Body, Fields};
use super::document::list_parameters;
use super::error::{ManagementError, Result};
use super::list::{ListQuery, ListTable};
use super::path::Id;
use schema::{AccessTokenChange, NewAccessToken};
use view::{CreatedTokenView, TokenView};

/// Most scopes of one request, before equal ones are removed.
const MAX_SCOPES: usize = 200;

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::text("name"),
        FilterField::boolean("revoked"),
        FilterField::time("expiresAt"),
        FilterField::time("lastUsedAt"),
    ],
    sorts: &["name"],
    parameters: &[],
};

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, create, show, change, delete))]
pub(super) struct Document;

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/personal-access-tokens", get(list).post(create))
        .route("/personal-access-tokens/{id}", get(show).patch(change).delete(delete))
}

/// Returns what the caller sees: without the scope to write tokens, the calling token alone.
fn visible(caller: &Caller) -> Visible {
    if caller.allows(Scope::PERSONAL_ACCESS_TOKEN_WRITE) { Visible::All } else { Visible::Own }
}

/// List access tokens
///
/// Needs no scope. Without `personalAccessToken:write` the list has the calling token alone.
#[utoipa::path(get, path = "/v3/personal-access-tokens", tag = "Access", operation_id = "listAccessTokens",
    security(("bearer" = [])),
    params(ListParameters),
    responses((status = 200, description = "A page of access tokens.", body = Vec<TokenView>)))]
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    let list = query.parse(&TABLE)?;
    let page = api_token::list_page(&service, caller.actor(), visible(&caller), &list.request).await?;
    list.answer(&page.map(TokenView::new))
}

/// Show an access token
///
/// Needs no scope. Without `personalAccessToken:write` the calling token alone is found.
#[utoipa::path(get, path = "/v3/personal-access-tokens/{id}", tag = "Access",
    operation_id = "showAccessToken",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The access token's id.")),
    responses((status = 200, description = "The access token.", body = TokenView)))]
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    let row = api_token::find(&service, caller.actor(), visible(&caller), ApiTokenId(id)).await?;
    answer::ok(&TokenView::new(row))
}

/// Create an access token
///
/// This answer alone has the token in clear. A token gives no scope that it lacks itself.
#[utoipa::path(post, path = "/v3/personal-access-tokens", tag = "Access", operation_id = "createAccessToken",
    security(("bearer" = ["personalAccessToken:write"])),
    request_body = NewAccessToken,
    responses((status = 201, description = "The access token.", body = CreatedTokenView)))]
async fn create(State(service): State<Service>, caller: Caller, Body(fields): Body) -> Result<Response> {
    caller.require(Scope::PERSONAL_ACCESS_TOKEN_WRITE)?;
    let name = parse_name(&fields.required_string("name", 1..=256)?)?;
    let scopes = parse_scopes(&fields)?.ok_or_else(|| fields.error("scopes", "is required"))?;
    if scopes.is_empty() {
        let requirement = "has only scopes that give nothing here. Add one that does, such as license:read";
        return Err(fields.error("scopes", requirement));
    }
    let missing = scopes.iter().find(|scope| !caller.allows(*scope));
    if let Some(scope) = missing {
        return Err(ManagementError::Forbidden(format!(
            "The access token lacks the scope {scope}, so it can’t give it to another one."
        )));
    }
    let expires_at = fields.time("expiresAt")?;
    let new = NewApiToken { name, rights: TokenRights::Scopes(scopes), expires_at };
    let created = api_token::create_new(&service, caller.actor(), caller.scopes(), new).await?;
    let row = api_token::find(&service, caller.actor(), Visible::All, created.id).await?;
    let location = format!("/v3/personal-access-tokens/{}", created.id);
    answer::created(&location, &CreatedTokenView::new(row, created.token))
}

/// Change or revoke an access token
///
/// Fields that are not given stay as they are.
#[utoipa::path(patch, path = "/v3/personal-access-tokens/{id}", tag = "Access",
    operation_id = "changeAccessToken",
    security(("bearer" = ["personalAccessToken:write"])),
    params(("id" = Uuid, Path, description = "The access token's id.")),
    request_body = AccessTokenChange,
    responses((status = 200, description = "The access token.", body = TokenView)))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::PERSONAL_ACCESS_TOKEN_WRITE)?;
    let id = ApiTokenId(id);
    let row = api_token::find(&service, caller.actor(), Visible::All, id).await?;
    refuse_fixed_fields(&fields, &row)?;
    let revoked = fields.boolean("revoked")?;
    if revoked == Some(false) && row.revoked_at.is_some() {
        return Err(fields.error("revoked", "can’t become false again: make a new token"));
    }
    let name = fields.string("name", 1..=256)?.value();
    let name = name.map(|name| parse_name(&name)).transpose()?;
    let change = TokenChange { name, revoke: revoked == Some(true) };
    api_token::change(&service, caller.actor(), id, change).await?;
    let row = api_token::find(&service, caller.actor(), Visible::All, id).await?;
    answer::ok(&TokenView::new(row))
}

/// Refuses other scopes and another expiry: a client must not believe that it narrowed a token.
fn refuse_fixed_fields(fields: &Fields, row: &ApiTokenRow) -> Result<()> {
    let scopes = parse_scopes(fields)?;
    if scopes.is_some_and(|scopes| scopes.words() != row.scopes) {
        return Err(fields.error("scopes", "can’t be changed: make a new token"));
    }
    let expires_at = fields.time("expiresAt")?;
    if expires_at.is_some() && expires_at != row.expires_at {
        return Err(fields.error("expiresAt", "can’t be changed: make a new token"));
    }
    Ok(())
}

/// Delete an access token
///
/// Requests with it are refused from then on.
#[utoipa::path(delete, path = "/v3/personal-access-tokens/{id}", tag = "Access",
    operation_id = "deleteAccessToken",
    security(("bearer" = ["personalAccessToken:write"])),
    params(("id" = Uuid, Path, description = "The access token's id.")),
    responses((status = 204, description = "The access token is deleted.")))]
async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::PERSONAL_ACCESS_TOKEN_WRITE)?;
    api_token::delete(&service, caller.actor(), ApiTokenId(id)).await?;
    Ok(answer::no_content())
}

fn parse_name(name: &str) -> Result<TokenName> {
    TokenName::parse("name", name).map_err(|error: FieldError| Error::from(error).into())
}

/// Returns the scopes of a body. `None` if it has none.
fn parse_scopes(fields: &Fields) -> Result<Option<ScopeSet>> {
    let Some(words) = fields.strings("scopes", MAX_SCOPES, 1..=64)?.value() else { return Ok(None) };
    let scopes = words.iter().map(|word| {
        let unknown = format!("has the unknown scope “{word}”; scopes are such as license:read");
        Scope::parse(word).map_err(|_| fields.error("scopes", &unknown))
    });
    let scopes: Vec<Option<Scope>> = scopes.collect::<Result<_>>()?;
    Ok(Some(scopes.into_iter().flatten().collect()))
}
