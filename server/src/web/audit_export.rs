//! Download of the audit log as CSV (RFC 4180), streamed in batches.
//!
//! The columns are documented in `docs/csv.md`.

use app::form::audit_query_from_pairs;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Timestamp;
use domain::csv::guard;
use domain::view::AuditRow;
use futures_util::StreamExt as _;
use futures_util::stream::try_unfold;
use http::{HeaderMap, StatusCode, header};
use service::Error;
use service::audit::{AuditExport, export};

use super::current_member::CurrentMember;
use super::state::WebState;
use super::unavailable::{unavailable, wants_html};

/// The header row. The columns are a contract: new ones come last.
const COLUMNS: [&str; 10] = [
    "entry_id",
    "time",
    "actor_kind",
    "actor",
    "address",
    "action",
    "detail",
    "object_kind",
    "object_id",
    "object",
];

/// Streams the entries of the log in the URL.
pub async fn audit_csv(
    State(web): State<WebState>,
    Extension(member): Extension<CurrentMember>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(member) = member.member else { return StatusCode::UNAUTHORIZED.into_response() };
    let query = query.unwrap_or_default();
    let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    match export(&web.service, &member.actor, &audit_query_from_pairs(pairs)).await {
        Ok(export) => stream(export, web.service.now()),
        Err(Error::Forbidden) if wants_html(&headers) => Redirect::to("/audit").into_response(),
        Err(Error::Forbidden) => StatusCode::FORBIDDEN.into_response(),
        Err(error) => {
            tracing::error!(%error, "export of the audit log failed");
            unavailable(&headers)
        }
    }
}

fn stream(export: AuditExport, now: Timestamp) -> Response {
    let chunks = try_unfold((export, true), |(mut export, is_first)| async move {
        let batch = match export.next_batch().await {
            Ok(batch) => batch,
            Err(error) => {
                // The client sees a broken transfer, and not a file that looks complete.
                tracing::error!(%error, "export of the audit log broke off");
                return Err(std::io::Error::other("the export broke off"));
            }
        };
        if batch.is_none() && !is_first {
            return Ok(None);
        }
        let chunk = rows(is_first, &batch.unwrap_or_default())?;
        Ok(Some((Bytes::from(chunk), (export, false))))
    });
    let name = format!("attachment; filename=\"audit-log-{}.csv\"", now.date());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (headers, Body::from_stream(chunks.fuse())).into_response()
}

/// Formats entries as rows, with the header row before them if `with_header`.
fn rows(with_header: bool, entries: &[AuditRow]) -> std::io::Result<Vec<u8>> {
    let mut chunk = Vec::new();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut chunk);
    if with_header {
        writer.write_record(COLUMNS).map_err(std::io::Error::other)?;
    }
    for entry in entries {
        let cells = cells(entry);
        let guarded = cells.iter().map(|cell| guard(cell).into_owned());
        writer.write_record(guarded).map_err(std::io::Error::other)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(chunk)
}

/// The cells of an entry, in the order of [`COLUMNS`].
fn cells(entry: &AuditRow) -> [String; 10] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let object = entry.object.map(|object| object.to_string()).unwrap_or_default();
    let (kind, id) = object.split_once(':').unwrap_or_default();
    [
        entry.id.to_string(),
        entry.at.rfc3339(),
        entry.actor_kind.clone(),
        entry.actor.clone(),
        text(&entry.ip),
        entry.action.clone(),
        text(&entry.detail),
        kind.to_owned(),
        id.to_owned(),
        text(&entry.label),
    ]
}
