//! The server under test, its data and the report, as every scenario needs them.

use std::path::Path;
use std::time::Duration;

use super::baseline::Baseline;
use super::config::{CONNECTIONS, ROUNDS};
use super::fixture::Fixture;
use super::load::{self, LoadResult};
use super::process::ServerProcess;
use super::report::{Measurement, Report};
use crate::cmd::Result;

/// The server under test and what its scenarios share.
pub struct BenchContext<'a> {
    pub engine: &'static str,
    pub licenses: usize,
    /// Length of a round.
    pub time: Duration,
    /// Path of the server's binary.
    pub server: &'a Path,
    pub fixture: &'a Fixture,
    pub process: &'a ServerProcess,
    pub baseline: &'a Baseline,
    pub report: &'a mut Report,
}

impl BenchContext<'_> {
    /// Creates an empty measurement for a scenario.
    pub fn measurement(&self, scenario: &str) -> Measurement {
        Measurement::new(self.engine, self.licenses, scenario)
    }

    pub fn add_value(&mut self, scenario: &str, value: f64) {
        self.report.add(self.measurement(scenario).with_value(value));
    }

    /// Reports the time of work on `count` licenses or rows, and their number per second.
    #[allow(clippy::cast_precision_loss, reason = "a rate needs no exact count")]
    pub fn add_time(&mut self, scenario: &str, count: usize, time: Duration) {
        self.add_value(&format!("{scenario}, s"), time.as_secs_f64());
        self.add_value(&format!("{scenario}, per second"), count as f64 / time.as_secs_f64());
    }

    pub fn add_result(&mut self, scenario: &str, result: &LoadResult, reference: &LoadResult) {
        self.report.add(self.measurement(scenario).with_result(result, reference));
    }

    /// Sends endless requests for `time`.
    pub fn load(
        &self,
        connections: usize,
        time: Duration,
        mut next: impl FnMut(&mut Vec<u8>),
    ) -> Result<LoadResult> {
        load::run(self.process.address, connections, time, |out| {
            next(out);
            true
        })
    }

    /// Reports the median of [`ROUNDS`] rounds, each with its own reference round.
    pub fn measure_rounds(
        &mut self,
        scenario: &str,
        reference: impl Fn(&Self) -> Result<LoadResult>,
        mut next: impl FnMut(&mut Vec<u8>),
    ) -> Result {
        let mut rounds = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let reference = reference(self)?;
            rounds.push((self.load(CONNECTIONS, self.time, &mut next)?, reference));
        }
        self.report.add(self.measurement(scenario).with_median(rounds));
        Ok(())
    }
}
