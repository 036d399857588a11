//! Read models of imports.

use serde::{Deserialize, Serialize};

use crate::import::{ImportState, ImportedLicense};
use crate::license::Standing;
use crate::{LicenseImportId, Timestamp};

/// Counts of the good rows of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportSummary {
    /// Licenses that apps can use.
    pub active: u64,
    /// Suspended licenses.
    pub suspended: u64,
    /// Expired licenses.
    pub expired: u64,
    /// Revoked licenses.
    pub revoked: u64,
    /// Licenses whose key is generated.
    pub generated_keys: u64,
    /// Licenses without a customer.
    pub without_customer: u64,
}

impl ImportSummary {
    /// Counts a license of the file.
    pub fn add(&mut self, license: &ImportedLicense, now: Timestamp) {
        match license.standing.at(license.expires_at.flatten(), now) {
            Standing::Active => self.active += 1,
            Standing::Suspended => self.suspended += 1,
            Standing::Expired => self.expired += 1,
            Standing::Revoked => self.revoked += 1,
        }
        self.generated_keys += u64::from(license.key.is_none());
        let has_customer = license.customer_name.is_some() || license.customer_email.is_some();
        self.without_customer += u64::from(!has_customer);
    }
}

/// An import in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// The id.
    pub id: LicenseImportId,
    /// The name of the file.
    pub file_name: String,
    /// The current state.
    pub state: ImportState,
    /// Rows without a fault.
    pub good_rows: u64,
    /// Rows with faults.
    pub faulty_rows: u64,
    /// Imported licenses.
    pub imported: u64,
    /// Good rows that could not be imported any more.
    pub skipped: u64,
    /// Removed licenses.
    pub removed: u64,
    /// The name of the principal that sent or confirmed the file.
    pub actor: String,
    /// When the file was sent.
    pub uploaded_at: Timestamp,
    /// When the import ended.
    pub finished_at: Option<Timestamp>,
}

/// The faults and notices of an import that its page shows.
pub const FAULTS_ON_PAGE: u32 = 50;

/// A fault of a file, or a notice about a row that is imported all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFault {
    /// The line where the row begins, from 1.
    pub line: u64,
    /// The name of the column in the file; empty if the fault is of the whole row.
    pub column: String,
    /// The fault and its remedy.
    pub message: String,
    /// The row is imported all the same.
    pub is_notice: bool,
}

/// An import on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportView {
    /// The import as in lists.
    pub import: ImportRow,
    /// The columns of the file, and the property that each holds. `None` if it is not read.
    pub columns: Vec<(String, Option<String>)>,
    /// Counts of the good rows.
    pub summary: ImportSummary,
    /// One row that cannot be imported ends the import.
    pub all_or_nothing: bool,
    /// A member asked to stop the import.
    pub stop_requested: bool,
    /// The reason why the import ended early.
    pub failure: Option<String>,
    /// The first faults and notices.
    pub faults: Vec<ImportFault>,
    /// Until when the licenses can be removed. `None` if they cannot.
    pub removable_until: Option<Timestamp>,
}
