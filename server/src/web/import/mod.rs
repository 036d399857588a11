//! Upload of a file of licenses. The file is read while it arrives, so that its size does not bound it by memory.

mod table;

use std::collections::BTreeMap;
use std::io;

use app::{Flash, UiError};
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::csv::guard;
use domain::import::DateOrder;
use domain::view::ImportFault;
use domain::{LicenseImportId, ProductId};
use futures_util::TryStreamExt as _;
use http::{HeaderMap, StatusCode, header};
use multer::{Field, Multipart};
use service::license_import::{NewImport, Upload, faults};
use service::{Actor, Error};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_util::io::{StreamReader, SyncIoBridge};
use tower_sessions::Session;

use super::current_member::CurrentMember;
use super::flash;
use super::state::WebState;
use super::unavailable::{unavailable, wants_html};
use crate::middleware::request_id::RequestId;
use table::{Part, TableError};

/// The path of the form, by which its page finds the flash.
const FORM_PATH: &str = app::IMPORT_PATH;
/// The page of the form.
const FORM_PAGE: &str = "/licenses/import";
/// Longest value of a field that is no file, in bytes.
const MAX_FIELD_BYTES: usize = 4096;
/// Batches of rows between the reader and the database.
const BATCHES_AHEAD: usize = 2;

/// Receives and checks a file, and leads to the page of the import.
pub async fn upload(
    State(web): State<WebState>,
    session: Session,
    Extension(member): Extension<CurrentMember>,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Response {
    let Some(member) = member.member else { return StatusCode::UNAUTHORIZED.into_response() };
    let mut fields = BTreeMap::new();
    let received = receive(&web, &member.actor, request, &mut fields).await;
    match received {
        Ok(import) => Redirect::to(&format!("/licenses/imports/{import}")).into_response(),
        Err(error) => {
            let error = app::context::to_ui_error_of(id.0, error);
            refuse(&web, &session, error, fields)
        }
    }
}

fn refuse(web: &WebState, session: &Session, error: UiError, values: BTreeMap<String, String>) -> Response {
    let mut response = Redirect::to(FORM_PAGE).into_response();
    let flash = Flash { path: FORM_PATH.to_owned(), error: Some(error), values };
    if let Some(cookie) = flash::cookie(&web.service, session, flash, web.is_https()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Reads the form. The file is its last field.
async fn receive(
    web: &WebState,
    actor: &Actor,
    request: Request,
    fields: &mut BTreeMap<String, String>,
) -> Result<LicenseImportId, Error> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default()).map_err(|_| incomplete())?;
    let body = request.into_body().into_data_stream();
    let mut form = Multipart::new(body, boundary);
    while let Some(mut field) = form.next_field().await.map_err(|_| incomplete())? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            return receive_file(web, actor, field, fields).await;
        }
        let mut value = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|_| incomplete())? {
            if value.len() + chunk.len() > MAX_FIELD_BYTES {
                return Err(incomplete());
            }
            value.extend_from_slice(&chunk);
        }
        fields.insert(name, String::from_utf8_lossy(&value).into_owned());
    }
    Err(Error::invalid("file", "Choose a file."))
}

fn incomplete() -> Error {
    Error::invalid("file", "The file did not arrive completely. Please send it again.")
}

async fn receive_file(
    web: &WebState,
    actor: &Actor,
    field: Field<'static>,
    fields: &BTreeMap<String, String>,
) -> Result<LicenseImportId, Error> {
    let value = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let file_name = field.file_name().unwrap_or_default().to_owned();
    if file_name.is_empty() {
        return Err(Error::invalid("file", "Choose a file."));
    }
    let product = match value("product") {
        "" => None,
        id => Some(
            id.parse::<ProductId>()
                .map_err(|_| Error::invalid("product", "Choose one of the offered products."))?,
        ),
    };
    let (sender, mut parts) = mpsc::channel(BATCHES_AHEAD);
    let reader = SyncIoBridge::new(StreamReader::new(field.map_err(io::Error::other)));
    let keep_others = value("keep_others") == "on";
    let reading = spawn_blocking(move || table::read(reader, keep_others, &sender));
    let mut upload = None;
    let stored = async {
        while let Some(part) = parts.recv().await {
            match (part, &mut upload) {
                (Part::Header(header), upload) => {
                    let new = NewImport {
                        file_name: file_name.clone(),
                        header,
                        date_order: DateOrder::parse(value("date_order")),
                        zero_is_unlimited: value("zero_is_unlimited") == "on",
                        product,
                        form_token: value("form_token").to_owned(),
                    };
                    *upload = Some(Upload::begin(&web.service, actor, new).await?);
                }
                (Part::Rows(rows), Some(upload)) => upload.add_rows(rows).await?,
                (Part::Rows(_), None) => {}
            }
        }
        Ok::<(), Error>(())
    };
    let stored = stored.await;
    // Ends the reader, which then reads the rest of the file, so that the browser takes the answer.
    drop(parts);
    let read = reading.await.map_err(|e| Error::Internal(format!("reading a file of licenses: {e}")))?;
    let outcome = stored.and_then(|()| read.map_err(|TableError(message)| Error::invalid("file", message)));
    match (outcome, upload) {
        (Ok(()), Some(upload)) => upload.finish().await,
        (Ok(()), None) => Err(Error::invalid("file", "The file is empty.")),
        (Err(error), Some(upload)) => {
            if let Err(error) = upload.discard().await {
                tracing::warn!(%error, "a refused file of licenses is not discarded; it is within a day");
            }
            Err(error)
        }
        (Err(error), None) => Err(error),
    }
}

/// The stored faults and notices of an import as CSV.
pub async fn faults_csv(
    State(web): State<WebState>,
    Extension(member): Extension<CurrentMember>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = async {
        let member = member.member.ok_or(Error::Forbidden)?;
        let id: LicenseImportId = id.parse().map_err(|_| Error::NotFound)?;
        faults(&web.service, &member.actor, id).await
    };
    let faults = match found.await {
        Ok(faults) => faults,
        Err(error) if error.is_server_error() => {
            tracing::error!(%error, "the faults of an import are not sent");
            return unavailable(&headers);
        }
        Err(_) if wants_html(&headers) => return Redirect::to(FORM_PAGE).into_response(),
        Err(_) => return StatusCode::NOT_FOUND.into_response(),
    };
    let Ok(bytes) = to_csv(&faults) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"faults.csv\""),
    ];
    (headers, bytes).into_response()
}

fn to_csv(faults: &[ImportFault]) -> csv::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
    writer.write_record(["line", "column", "kind", "message"])?;
    for fault in faults {
        let kind = if fault.is_notice { "notice" } else { "fault" };
        let cells = [&fault.line.to_string(), &fault.column, kind, &fault.message];
        writer.write_record(cells.map(|cell| guard(cell).into_owned()))?;
    }
    writer.flush()?;
    drop(writer);
    Ok(bytes)
}
