//! Texts about bulk jobs.

use domain::bulk::{JobState, Verb};
use domain::view::{BulkJobRow, SelectedCount};

use crate::component::pluralize;

/// Describes the change of a job: "Suspend", "Undo: extend by 1 year".
pub(super) fn describe(job: &BulkJobRow, customer: Option<&str>) -> String {
    let parameters = &job.parameters;
    let text = match job.verb {
        Verb::Extend => {
            let period = parameters.period.map(domain::Period::label).unwrap_or_default();
            format!("Extend by {period}")
        }
        Verb::ChangeLimits => {
            let limits = [("domains", &parameters.domain_limit), ("machines", &parameters.machine_limit)];
            let limits =
                limits.into_iter().filter_map(|(what, limit)| Some(format!("{what} {}", limit.as_ref()?)));
            format!("Change limits to {}", limits.collect::<Vec<_>>().join(", "))
        }
        Verb::Move => match customer {
            Some(name) => format!("Move to {name}"),
            None => "Move to a customer".to_owned(),
        },
        verb => verb.label().to_owned(),
    };
    if job.is_undo { format!("Undo: {text}") } else { text }
}

/// Tells how far a job is: "1,200 changed, 3 skipped".
pub(super) fn progress(job: &BulkJobRow) -> String {
    let done = pluralize(signed(job.done), "license");
    let skipped = job.skipped_count();
    let skipped = if skipped == 0 {
        String::new()
    } else {
        let count = pluralize(signed(skipped), "license");
        format!(", {} skipped", count.trim_end_matches("licenses").trim_end_matches("license").trim_end())
    };
    format!("{done} changed{skipped}")
}

/// Returns the class of a state's badge.
pub(super) fn state_class(state: JobState) -> &'static str {
    match state {
        JobState::Running => "standing expired",
        JobState::Done => "standing active",
        JobState::Stopped => "standing suspended",
        JobState::Failed => "standing revoked",
    }
}

/// Formats the size of a selection: "12 licenses", "more than 10,000 licenses".
pub(super) fn count(count: SelectedCount) -> String {
    match count {
        SelectedCount::Exactly(n) => pluralize(signed(n), "license"),
        SelectedCount::MoreThan(n) => format!("more than {}", pluralize(signed(n), "license")),
    }
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
