//! Bulk work as a seller does it in the dashboard: an export, an import and a bulk job.

use std::io::{self, BufRead as _};
use std::thread;
use std::time::{Duration, Instant};

use super::config::MAX_BULK_TIME;
use super::import_form::{CONTENT_TYPE, ImportForm};
use super::session::Session;
use crate::cmd::Result;

/// Interval of the requests for the progress of a job. It bounds the error of the time.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Downloads all licenses of the account. Returns their number and the time.
pub fn export(session: &Session) -> Result<(usize, Duration)> {
    let started = Instant::now();
    let failed = |e: io::Error| format!("The export broke off: {e}.");
    let mut response = session.get("/licenses/export.csv?keys=1")?;
    if response.status != 200 {
        return Err(format!("The export was answered with status {}.", response.status));
    }
    let (mut lines, mut line) = (0_usize, Vec::new());
    while started.elapsed() < MAX_BULK_TIME {
        line.clear();
        if response.body.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            // One line is the header, and no name of the demo has a line break.
            return Ok((lines.saturating_sub(1), started.elapsed()));
        }
        lines += 1;
    }
    Err(format!("The export did not end within {} minutes.", MAX_BULK_TIME.as_secs() / 60))
}

/// Times of an import.
pub struct ImportTimes {
    /// Time until the server has received and checked the file.
    pub check: Duration,
    /// Time until the licenses are imported, with the check.
    pub total: Duration,
}

/// Sends a file, confirms the import and waits for its end.
pub fn import(session: &Session, form: &ImportForm) -> Result<ImportTimes> {
    let started = Instant::now();
    let sent = session.post("/_fn/import_licenses", CONTENT_TYPE, &form.body)?;
    let check = started.elapsed();
    let id = sent.location.strip_prefix("/licenses/imports/").ok_or_else(|| {
        format!("The server refused a file of licenses: status {}, {}", sent.status, sent.location)
    })?;
    let (_, checked) = session.call("license_import", &format!("id={id}"))?;
    if checked["import"]["good_rows"] != form.rows {
        return Err(format!("The server found faults in a file of licenses: {}", checked["faults"][0]));
    }
    session.call("confirm_import", &format!("id={id}&otherwise=nothing"))?;
    let progress =
        Progress { function: "license_import", row: "import", running: "importing", count: "imported" };
    progress.wait_for_end(session, id, form.rows, started)?;
    Ok(ImportTimes { check, total: started.elapsed() })
}

/// Changes all licenses of a product by a bulk job. Returns its time.
pub fn run_bulk_job(session: &Session, product: &str, verb: &str, licenses: usize) -> Result<Duration> {
    let token = session.form_token()?;
    let started = Instant::now();
    let form = format!("verb={verb}&product={product}&form_token={token}");
    let (location, _) = session.call("start_bulk_job", &form)?;
    let id = location.rsplit('/').next().unwrap_or_default();
    let progress = Progress { function: "bulk_job", row: "job", running: "running", count: "done" };
    progress.wait_for_end(session, id, licenses, started)?;
    Ok(started.elapsed())
}

/// How the server reports the progress of a bulk job or an import.
struct Progress {
    /// Server function that returns the view.
    function: &'static str,
    /// Field of the view that contains state and counts.
    row: &'static str,
    /// State until the end.
    running: &'static str,
    /// Field of the number of changed or imported licenses.
    count: &'static str,
}

impl Progress {
    /// Waits until all `licenses` are changed or imported.
    fn wait_for_end(&self, session: &Session, id: &str, licenses: usize, started: Instant) -> Result {
        loop {
            let (_, view) = session.call(self.function, &format!("id={id}"))?;
            let (state, count) = (&view[self.row]["state"], &view[self.row][self.count]);
            if *state == "done" && *count == licenses {
                return Ok(());
            }
            let progress =
                format!("state {state}, {count} of {licenses} licenses, failure {}", view["failure"]);
            if *state != self.running {
                return Err(format!("`{}` {id} ended early: {progress}.", self.function));
            }
            if started.elapsed() > MAX_BULK_TIME {
                let minutes = MAX_BULK_TIME.as_secs() / 60;
                return Err(format!(
                    "`{}` {id} did not end within {minutes} minutes: {progress}.",
                    self.function
                ));
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
}
