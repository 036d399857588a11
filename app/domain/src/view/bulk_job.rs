//! Read models of bulk jobs.

use serde::{Deserialize, Serialize};

use crate::bulk::{JobState, Parameters, SkipReason, Verb};
use crate::{BulkJobId, LicenseId, Timestamp};

/// A bulk job in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkJobRow {
    /// The id.
    pub id: BulkJobId,
    /// The change.
    pub verb: Verb,
    /// The parameters of the change.
    pub parameters: Parameters,
    /// The job undoes another job.
    pub is_undo: bool,
    /// The current state.
    pub state: JobState,
    /// Number of selected licenses; `None` until they are counted.
    pub total: Option<u64>,
    /// Number of changed licenses.
    pub done: u64,
    /// Number of skipped licenses, by reason.
    pub skipped: Vec<(SkipReason, u64)>,
    /// The principal's name.
    pub actor: String,
    /// When the job was started.
    pub started_at: Timestamp,
    /// When the job ended.
    pub finished_at: Option<Timestamp>,
}

impl BulkJobRow {
    /// Returns the number of skipped licenses.
    #[must_use]
    pub fn skipped_count(&self) -> u64 {
        self.skipped.iter().map(|(_, n)| n).sum()
    }
}

/// A page of jobs, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkJobPage {
    /// The jobs.
    pub jobs: Vec<BulkJobRow>,
    /// The cursor of older jobs, if there are more.
    pub older: Option<BulkJobId>,
}

/// A license that a job skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedLicense {
    /// The license's id.
    pub id: LicenseId,
    /// The key's last four characters; `None` if the account has no such license.
    pub last_four: Option<String>,
    /// The reason.
    pub reason: SkipReason,
}

/// A bulk job on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkJobView {
    /// The job as in lists.
    pub job: BulkJobRow,
    /// The name or address of the customer of a move.
    pub customer: Option<String>,
    /// A member asked to stop the job, which ends after its batch.
    pub stop_requested: bool,
    /// The failure that ended the job.
    pub failure: Option<String>,
    /// The first skipped licenses.
    pub skipped: Vec<SkippedLicense>,
    /// The job whose changes this job undoes.
    pub undo_of: Option<BulkJobId>,
    /// The job that undoes this job.
    pub undone_by: Option<BulkJobId>,
    /// Until when the job can be undone. `None` if it cannot.
    pub undo_until: Option<Timestamp>,
    /// The token of the form that undoes the job.
    pub form_token: String,
}
