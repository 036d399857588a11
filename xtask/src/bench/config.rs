//! Options and constants of the benchmarks.

use std::time::Duration;

use clap::{Args, ValueEnum};

/// Concurrent connections of a scenario that does not vary them.
pub const CONNECTIONS: usize = 32;

/// Rounds of a scenario. The report states the median round.
pub const ROUNDS: usize = 3;

/// Maximum time of an export, an import or a bulk job.
pub const MAX_BULK_TIME: Duration = Duration::from_mins(10);

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub struct Options {
    /// Numbers of licenses to measure with, separated by commas
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_values_t = [1_000, 100_000])]
    pub licenses: Vec<usize>,
    /// Seconds per round
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = parse_seconds)]
    pub seconds: Duration,
    /// Store the data in a temporary PostgreSQL instead of SQLite
    #[arg(long)]
    pub postgres: bool,
    /// Measure this part alone; may be repeated
    #[arg(long, value_enum, value_name = "PART")]
    pub only: Vec<Part>,
}

impl Options {
    /// Returns whether `part` is measured.
    pub fn includes(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// A part of the benchmarks.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Verifications
    Verify,
    /// Activations of both kinds, then the dashboard's pages
    Activate,
    /// Verifications beside members who view live pages
    Live,
    /// An export, imports and bulk jobs, alone and beside verifications
    Bulk,
    /// Creations and lists of the management API
    Management,
    /// Deliveries of webhooks, alone and beside verifications
    Webhooks,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{text}` is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|e| e.to_string())
}
