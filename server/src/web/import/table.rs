//! Reads a table of text: CSV with commas, semicolons, tabs or bars, in UTF-8, UTF-16 or Windows-1252.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use csv::ByteRecord;
use domain::import::Header;
use encoding_rs::WINDOWS_1252;
use encoding_rs_io::DecodeReaderBytesBuilder;
use service::license_import::FileRow;
use tokio::sync::mpsc::Sender;

/// Largest file, in bytes.
const MAX_BYTES: u64 = 1 << 29;
/// Longest row, in bytes. A longer one has lost a quotation mark.
const MAX_ROW_BYTES: usize = 1 << 20;
/// Beginning of the file in which the delimiter is looked for, in bytes.
const HEAD_BYTES: usize = 1 << 16;
/// Rows in a batch.
const ROWS_PER_BATCH: usize = 2000;
/// Delimiters of cells, the most likely first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A part of a file, in order.
pub enum Part {
    /// The names of the columns.
    Header(Header),
    /// Rows.
    Rows(Vec<FileRow>),
}

/// The reason why a file cannot be read, with the remedy.
#[derive(Debug)]
pub struct TableError(pub String);

/// Reads a file and sends its parts. If the receiver is gone, the rest of the file is skipped.
///
/// # Errors
/// Returns [`TableError`] if the file is no table.
pub fn read(mut file: impl Read, keep_others: bool, parts: &Sender<Part>) -> Result<(), TableError> {
    let mut bounded = file.by_ref().take(MAX_BYTES + 1);
    let outcome = read_table(&mut bounded, keep_others, parts);
    let is_too_large = io::copy(&mut bounded, &mut io::sink()).is_ok() && bounded.limit() == 0;
    if is_too_large {
        return Err(TableError("The file is larger than 512 MiB. Divide it into several files.".to_owned()));
    }
    outcome
}

fn read_table(file: impl Read, keep_others: bool, parts: &Sender<Part>) -> Result<(), TableError> {
    let mut text = DecodeReaderBytesBuilder::new().bom_override(true).strip_bom(true).build(file);
    let mut head = Vec::new();
    text.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(|_| broken())?;
    if head.starts_with(b"PK\x03\x04") || head.contains(&0) {
        return Err(TableError("This is no text file. Save the spreadsheet as CSV.".to_owned()));
    }
    let (delimiter, skipped) = delimiter(&head);
    let since_row = Rc::new(Cell::new(0));
    let text = BoundedRows {
        // Old Macs end lines by CR alone.
        ends_lines_by_cr: head.contains(&b'\r') && !head.contains(&b'\n'),
        // The last line ends like the others, so that lines can be counted from their ends.
        inner: Cursor::new(head.split_off(skipped)).chain(text).chain(&b"\n"[..]),
        since_row: Rc::clone(&since_row),
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .terminator(csv::Terminator::Any(b'\n'))
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let first_line = u64::from(skipped > 0);
    let (mut record, mut rows, mut has_header) = (ByteRecord::new(), Vec::new(), false);
    while next(&mut reader, &mut record, first_line)? {
        since_row.set(0);
        let last = record.len().saturating_sub(1);
        let cell = |(n, cell)| decode(if n == last { without_cr(cell) } else { cell });
        let cells = record.iter().enumerate().map(cell).collect::<Vec<_>>();
        if matches!(&cells[..], [cell] if cell.is_empty()) {
            continue;
        }
        let breaks: usize = cells.iter().map(|cell| cell.matches('\n').count()).sum();
        let line = (reader.position().line() + first_line).saturating_sub(1 + breaks as u64);
        if !has_header {
            let header = Header::parse(cells.iter().map(String::as_str), keep_others);
            let header = header.map_err(|error| TableError(error.message))?;
            has_header = true;
            if parts.blocking_send(Part::Header(header)).is_err() {
                return Ok(());
            }
            continue;
        }
        rows.push(FileRow { line, cells });
        if rows.len() == ROWS_PER_BATCH && parts.blocking_send(Part::Rows(std::mem::take(&mut rows))).is_err()
        {
            return Ok(());
        }
    }
    if !rows.is_empty() {
        // The receiver reports its own error.
        let _ = parts.blocking_send(Part::Rows(rows));
    }
    Ok(())
}

fn next(
    reader: &mut csv::Reader<impl Read>,
    record: &mut ByteRecord,
    first_line: u64,
) -> Result<bool, TableError> {
    let line = reader.position().line() + first_line;
    reader.read_byte_record(record).map_err(|error| match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            TableError(format!("The row at line {line} is longer than 1 MiB. Is a quotation mark missing?"))
        }
        _ => broken(),
    })
}

fn broken() -> TableError {
    TableError("The file did not arrive completely. Please send it again.".to_owned())
}

/// Returns the delimiter of the cells and the length of a first line that only names it, as Excel writes it.
fn delimiter(head: &[u8]) -> (u8, usize) {
    let line_len = head.iter().position(|b| *b == b'\n').map_or(head.len(), |n| n + 1);
    let line = &head[..line_len];
    if let Some(&[delimiter, ref end @ ..]) = line.strip_prefix(b"sep=".as_slice())
        && matches!(end, b"\r\n" | b"\n")
    {
        return (delimiter, line_len);
    }
    let mut is_quoted = false;
    let mut counts = [0; DELIMITERS.len()];
    for byte in line {
        is_quoted ^= *byte == b'"';
        if let Some(n) = DELIMITERS.iter().position(|delimiter| delimiter == byte).filter(|_| !is_quoted) {
            counts[n] += 1;
        }
    }
    let most = (0..DELIMITERS.len()).rev().max_by_key(|n| counts[*n]).unwrap_or(0);
    (DELIMITERS[most], 0)
}

/// Removes the CR of a line that ends by CR and LF.
fn without_cr(cell: &[u8]) -> &[u8] {
    cell.strip_suffix(b"\r").unwrap_or(cell)
}

/// Returns the text of a cell. Bytes that are no UTF-8 are Windows-1252, as older spreadsheets write it.
fn decode(cell: &[u8]) -> String {
    match str::from_utf8(cell) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(cell).0.into_owned(),
    }
}

/// Fails when a row is too long, so that a lost quotation mark does not take the memory of the whole file.
struct BoundedRows<R> {
    inner: R,
    ends_lines_by_cr: bool,
    /// Bytes since the last row.
    since_row: Rc<Cell<usize>>,
}

impl<R: Read> Read for BoundedRows<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if self.ends_lines_by_cr {
            buffer[..n].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        }
        self.since_row.set(self.since_row.get() + n);
        if self.since_row.get() > MAX_ROW_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    fn table(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let (sender, mut parts) = mpsc::channel(64);
        read(bytes, true, &sender).map_err(|TableError(message)| message)?;
        drop(sender);
        let mut rows = Vec::new();
        while let Some(part) = parts.blocking_recv() {
            match part {
                Part::Header(header) => {
                    rows.push((0, header.columns().map(|(name, _)| name.to_owned()).collect()));
                }
                Part::Rows(some) => rows.extend(some.into_iter().map(|row| (row.line, row.cells))),
            }
        }
        Ok(rows)
    }

    fn cells(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn files_of_spreadsheets_are_read() {
        let utf16 = |text: &str| -> Vec<u8> {
            [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        };
        for (bytes, first_line) in [
            (b"key,name\nABCD-1234,Zo\xC3\xAB\n".to_vec(), 2),
            (b"\xEF\xBB\xBFkey,name\r\nABCD-1234,Zo\xC3\xAB\r\n".to_vec(), 2),
            (b"key;name\nABCD-1234;Zo\xEB".to_vec(), 2),
            (b"key\tname\rABCD-1234\tZo\xC3\xAB\r".to_vec(), 2),
            (b"sep=;\r\nkey;name\r\nABCD-1234;Zo\xC3\xAB\r\n".to_vec(), 3),
            (b"\"key\"|\"name\"\n\n\"ABCD-1234\"|\"Zo\xC3\xAB\"\n".to_vec(), 3),
            (utf16("key\tname\r\nABCD-1234\tZoë\r\n"), 2),
        ] {
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            let expected = vec![cells(0, &["key", "name"]), cells(first_line, &["ABCD-1234", "Zoë"])];
            assert_eq!(table(&bytes), Ok(expected), "{shown:?}");
        }
    }

    #[test]
    fn cells_hold_delimiters_quotes_and_line_breaks_and_rows_keep_their_line() {
        let rows = table(b"key,name\nA,\"x, \"\"y\"\"\nz\"\nB,b\nC\n").expect("a table");
        assert_eq!(rows[1..], [cells(2, &["A", "x, \"y\"\nz"]), cells(4, &["B", "b"]), cells(5, &["C"])]);
    }

    #[test]
    fn delimiters_in_quoted_names_do_not_count() {
        let rows = table(b"\"a,b,c\";key\n1;2\n").expect("a table");
        assert_eq!(rows[0], cells(0, &["a,b,c", "key"]));
    }

    #[test]
    fn files_that_are_no_table_are_refused_in_words() {
        let fault = |bytes: &[u8]| table(bytes).expect_err("a fault");
        assert_eq!(fault(b"PK\x03\x04rest"), "This is no text file. Save the spreadsheet as CSV.");
        assert!(fault(b"a,b\n1,2\n").starts_with("The first row must name the columns."));
        let open_quote = [b"key,name\nA,\"".to_vec(), vec![b'x'; 3 << 20]].concat();
        assert!(fault(&open_quote).starts_with("The row at line 2 is longer than 1 MiB."));
        assert_eq!(table(b""), Ok(Vec::new()));
    }

    #[test]
    fn rows_arrive_in_batches() {
        let rows = (0..4500).map(|n| format!("KEY-{n:06},x")).collect::<Vec<_>>().join("\n");
        let read = table(format!("key,name\n{rows}").as_bytes()).expect("a table");
        assert_eq!((read.len(), read[4500].0), (4501, 4501));
    }
}
