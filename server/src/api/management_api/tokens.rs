//! `/personal-access-tokens`: the account's API tokens (management API contract, 2.9).

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::FilterField;
use domain::view::ApiTokenRow;
use domain::{ApiTokenId, FieldError, Scope, ScopeSet};
use serde::Serialize;
use service::api_token::{self, NewApiToken, TokenChange, TokenName, TokenRights, Visible};
use service::{Error, Service};
use utoipa::OpenApi;
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::body::{Body, Fields};
use super::error::{ManagementError, Result};
use super::list::{ListItem, ListQuery, ListTable};
use super::path::Id;

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
#[openapi(paths())]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/personal-access-tokens", get(list).post(create))
        .route("/personal-access-tokens/{id}", get(show).patch(change).delete(delete))
}

/// A token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    name: String,
    expires_at: Option<Time>,
    revoked: bool,
    scopes: Vec<String>,
    last_used_at: Option<Time>,
    last_four: String,
    user_id: Option<Uuid>,
    user: Option<()>,
    /// The token in clear, in the answer to its creation alone, under the names that clients look for.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
}

impl TokenView {
    fn new(row: ApiTokenRow) -> Self {
        Self {
            id: row.id.0,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            name: row.name,
            expires_at: row.expires_at.map(Time),
            revoked: row.revoked_at.is_some(),
            scopes: row.scopes,
            last_used_at: row.last_used_at.map(Time),
            last_four: row.last_four,
            user_id: None,
            user: None,
            token: None,
            access_token: None,
        }
    }
}

impl ListItem for TokenView {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// Returns what the caller sees: without the scope to write tokens, the calling token alone.
fn visible(caller: &Caller) -> Visible {
    if caller.allows(Scope::PERSONAL_ACCESS_TOKEN_WRITE) { Visible::All } else { Visible::Own }
}

/// `GET /personal-access-tokens`: needs no scope.
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    let list = query.parse(&TABLE)?;
    let page = api_token::list_page(&service, caller.actor(), visible(&caller), &list.request).await?;
    list.answer(&page.map(TokenView::new))
}

/// `GET /personal-access-tokens/:id`.
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    let row = api_token::find(&service, caller.actor(), visible(&caller), ApiTokenId(id)).await?;
    answer::ok(&TokenView::new(row))
}

/// `POST /personal-access-tokens`.
async fn create(State(service): State<Service>, caller: Caller, Body(fields): Body) -> Result<Response> {
    caller.require(Scope::PERSONAL_ACCESS_TOKEN_WRITE)?;
    let name = parse_name(&fields.required_string("name", 1..=256)?)?;
    let scopes = parse_scopes(&fields)?.ok_or_else(|| fields.error("scopes", "is required"))?;
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
    let view = TokenView {
        access_token: Some(created.token.clone()),
        token: Some(created.token),
        ..TokenView::new(row)
    };
    answer::created(&format!("/v3/personal-access-tokens/{}", created.id), &view)
}

/// `PATCH /personal-access-tokens/:id`: the name, and `revoked: true`.
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

/// `DELETE /personal-access-tokens/:id`.
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
