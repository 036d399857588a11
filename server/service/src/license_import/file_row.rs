//! The rows of a file.

/// A row of a file. Has no `Debug` or `Serialize`, because it holds a license key.
pub struct FileRow {
    /// The line where the row begins, from 1.
    pub line: u64,
    /// The cells.
    pub cells: Vec<String>,
}
