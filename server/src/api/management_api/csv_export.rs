//! Exports as CSV (RFC 4180), streamed batch by batch (management API contract, 2.13).

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use domain::csv::guard;
use futures_util::stream::{Stream, StreamExt as _};
use http::header;
use service::Error;

/// Answers with a file of batches. `cells` returns the cells of a record, in the order of the columns. A client sees a
/// broken transfer if a batch fails, and not a file that looks complete.
pub fn respond<R: 'static>(
    file: &str,
    columns: &'static [&'static str],
    cells: fn(&R) -> Vec<String>,
    batches: impl Stream<Item = Result<Vec<R>, Error>> + Send + 'static,
) -> Response {
    let head = futures_util::stream::once(std::future::ready(write(&[columns])));
    let row = move |record: &R| -> Vec<String> { cells(record).iter().map(|cell| guarded(cell)).collect() };
    let rows = batches.map(move |batch| match batch {
        Ok(records) => write(&records.iter().map(row).collect::<Vec<_>>()),
        Err(error) => {
            tracing::error!(%error, "an export of the management API broke off");
            Err(std::io::Error::other("the export broke off"))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
    ];
    (headers, Body::from_stream(head.chain(rows).fuse())).into_response()
}

/// Guards a cell against being taken for a formula. Numbers stay as they are.
fn guarded(cell: &str) -> String {
    if cell.parse::<f64>().is_ok() { cell.to_owned() } else { guard(cell).into_owned() }
}

fn write<C: AsRef<[u8]>, R: AsRef<[C]>>(rows: &[R]) -> std::io::Result<Bytes> {
    let mut text = Vec::new();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut text);
    for row in rows {
        writer.write_record(row.as_ref()).map_err(std::io::Error::other)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(Bytes::from(text))
}

/// Joins pairs of metadata in one cell.
pub fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<String> = pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        for (text, cell) in
            [("=1+1", "'=1+1"), ("-5", "-5"), ("+49 1", "'+49 1"), ("@a", "'@a"), ("Ada", "Ada")]
        {
            assert_eq!(guarded(text), cell);
        }
    }

    #[test]
    fn rows_are_quoted_and_end_with_both_line_breaks() {
        let written = write(&[["a", "b,c"], ["d\"e", ""]]).expect("rows");
        assert_eq!(&written[..], b"a,\"b,c\"\r\n\"d\"\"e\",\r\n");
    }
}
