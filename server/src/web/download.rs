//! Downloads of signed-in members: a customer's data as JSON, and keys of licenses just issued as CSV.

use app::UiError;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Extension, Json};
use domain::CustomerId;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use service::license::RevealedLicense;
use service::{Actor, Error};
use tower_sessions::Session;

use super::current_member::CurrentMember;
use super::state::WebState;
use super::unavailable::{unavailable, wants_html};

/// The data of a customer, sent while it is read.
pub async fn customer(
    State(web): State<WebState>,
    Extension(member): Extension<CurrentMember>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let page = format!("/customers/{id}");
    let exported = async {
        let actor = actor(&member)?;
        let id: CustomerId = id.parse().map_err(|_| Error::NotFound)?;
        service::customer::export(&web.service, &actor, id).await
    };
    match exported.await {
        Ok(export) => {
            let parts = stream::unfold(export, |mut export| async move {
                let part = export.next().await?;
                Some((part.map_err(|error| failed_download(&error)), export))
            });
            // Compression polls a body again after its end.
            attachment(Body::from_stream(parts.fuse()), "application/json", &format!("customer-{id}.json"))
        }
        Err(error) => refuse(&error, request.headers(), &page),
    }
}

/// The keys of the licenses that the session issued last. Each key is an audit entry.
pub async fn issued_licenses(
    State(web): State<WebState>,
    session: Session,
    Extension(member): Extension<CurrentMember>,
    request: Request,
) -> Response {
    let revealed = async {
        let actor = actor(&member)?;
        let ids = app::context::issued_licenses(&session, web.service.now()).await?;
        service::license::reveal_keys(&web.service, &actor, &ids).await
    };
    match revealed.await {
        Ok(licenses) => attachment(to_csv(&licenses).into(), "text/csv; charset=utf-8", "licenses.csv"),
        Err(error) => refuse(&error, request.headers(), "/licenses/issued"),
    }
}

fn actor(member: &CurrentMember) -> Result<Actor, Error> {
    member.member.as_ref().map(|member| member.actor.clone()).ok_or(Error::Forbidden)
}

/// Ends a download whose connection is closed, so that no browser keeps an incomplete file as complete.
fn failed_download(error: &Error) -> std::io::Error {
    tracing::error!(%error, "export of a customer failed; the download is incomplete");
    std::io::Error::other("the database failed")
}

/// A browser goes to the page that explains the error; scripts get a status.
fn refuse(error: &Error, headers: &HeaderMap, page: &str) -> Response {
    if error.is_server_error() {
        tracing::error!(%error, "a download failed");
        return unavailable(headers);
    }
    if wants_html(headers) {
        return Redirect::to(page).into_response();
    }
    let (status, code) = match error {
        Error::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        _ => (StatusCode::FORBIDDEN, "forbidden"),
    };
    (status, Json(UiError::new(code, error.to_string()))).into_response()
}

fn attachment(body: Body, kind: &'static str, name: &str) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // The name has only letters, digits, hyphens and a period.
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Formats licenses as CSV (RFC 4180).
fn to_csv(licenses: &[RevealedLicense]) -> String {
    let header =
        "key,license_id,product,customer_name,customer_email,domain_limit,machine_limit,expires_at\r\n";
    let mut text = String::from(header);
    for license in licenses {
        let cells = [
            license.key.expose().to_owned(),
            license.id.to_string(),
            license.product.clone(),
            license.customer_name.clone().unwrap_or_default(),
            license.customer_email.clone().unwrap_or_default(),
            license.domain_limit.to_string(),
            license.machine_limit.to_string(),
            license.expires_at.map(domain::Timestamp::rfc3339).unwrap_or_default(),
        ];
        text.push_str(&cells.map(|cell| csv_cell(&cell)).join(","));
        text.push_str("\r\n");
    }
    text
}

/// Quotes a cell, and keeps spreadsheets from running a text as a formula (OWASP, "CSV Injection").
fn csv_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n', '\'']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_runs() {
        for (text, cell) in [
            ("Ada", "Ada"),
            ("Hopper, \"Grace\"", "\"Hopper, \"\"Grace\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(csv_cell(text), cell);
        }
    }
}
