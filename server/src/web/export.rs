//! Download of a license list as CSV (RFC 4180), streamed in batches.
//!
//! The columns are documented in `docs/csv.md`.

use app::form::query_from_pairs;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Timestamp;
use domain::csv::guard;
use domain::license::Limit;
use futures_util::StreamExt as _;
use futures_util::stream::try_unfold;
use http::{HeaderMap, StatusCode, header};
use service::Error;
use service::license::{ExportedLicense, LicenseExport, export};

use super::current_member::CurrentMember;
use super::state::WebState;
use super::unavailable::{unavailable, wants_html};

/// The header row. The columns are a contract: new ones come last.
const COLUMNS: [&str; 15] = [
    "license_key",
    "license_id",
    "product",
    "customer_name",
    "customer_email",
    "standing",
    "reason",
    "domain_limit",
    "domains_used",
    "machine_limit",
    "machines_used",
    "expires_at",
    "issued_at",
    "last_verified_at",
    "verifications",
];

/// UTF-8 byte order mark, by which some spreadsheets recognize UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Streams the licenses of the list in the URL. `keys=1` adds the keys in clear, `bom=1` a byte order mark.
pub async fn licenses_csv(
    State(web): State<WebState>,
    Extension(member): Extension<CurrentMember>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(member) = member.member else { return StatusCode::UNAUTHORIZED.into_response() };
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let is_set = |name: &str| pairs.iter().any(|(n, value)| n == name && value == "1");
    let (with_keys, with_mark) = (is_set("keys"), is_set("bom"));
    let export = export(&web.service, &member.actor, &query_from_pairs(pairs), with_keys).await;
    match export {
        Ok(export) => stream(export, web.service.now(), with_mark),
        Err(Error::Forbidden) if wants_html(&headers) => Redirect::to("/licenses").into_response(),
        Err(Error::Forbidden) => StatusCode::FORBIDDEN.into_response(),
        Err(error) => {
            tracing::error!(%error, "export of licenses failed");
            unavailable(&headers)
        }
    }
}

fn stream(export: LicenseExport, now: Timestamp, with_mark: bool) -> Response {
    let chunks = try_unfold((export, true), move |(mut export, is_first)| async move {
        let batch = match export.next_batch().await {
            Ok(batch) => batch,
            Err(error) => {
                // The client sees a broken transfer, and not a file that looks complete.
                tracing::error!(%error, "export of licenses broke off");
                return Err(std::io::Error::other("the export broke off"));
            }
        };
        if batch.is_none() && !is_first {
            return Ok(None);
        }
        let mut chunk = if is_first && with_mark { BYTE_ORDER_MARK.to_vec() } else { Vec::new() };
        write_rows(&mut chunk, is_first, &batch.unwrap_or_default())?;
        Ok(Some((Bytes::from(chunk), (export, false))))
    });
    let name = format!("attachment; filename=\"licenses-{}.csv\"", now.date());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (headers, Body::from_stream(chunks.fuse())).into_response()
}

fn write_rows(chunk: &mut Vec<u8>, with_header: bool, licenses: &[ExportedLicense]) -> std::io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(chunk);
    if with_header {
        writer.write_record(COLUMNS).map_err(std::io::Error::other)?;
    }
    for license in licenses {
        let cells = cells(license);
        let guarded = cells.iter().map(|cell| guard(cell));
        writer.write_record(guarded.map(std::borrow::Cow::into_owned)).map_err(std::io::Error::other)?;
    }
    writer.flush()
}

/// The cells of a license, in the order of [`COLUMNS`].
fn cells(license: &ExportedLicense) -> [String; 15] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
    let limit = |limit: Limit| limit.to_string();
    let key = license.key.as_ref().map(|key| key.expose().to_owned());
    [
        key.unwrap_or_else(|| format!("…{}", license.last_four)),
        license.id.to_string(),
        license.product.clone(),
        text(&license.customer_name),
        text(&license.customer_email),
        license.standing.to_string(),
        text(&license.reason),
        limit(license.domain_limit),
        license.domains_used.to_string(),
        limit(license.machine_limit),
        license.machines_used.to_string(),
        time(license.expires_at),
        license.created_at.rfc3339(),
        time(license.last_verified_at),
        license.verification_count.to_string(),
    ]
}
