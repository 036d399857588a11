//! The table of measurements, in Markdown.

use std::fmt::Write as _;
use std::path::Path;

use super::config::CONNECTIONS;
use super::load::LoadResult;
use crate::cmd::Result;

/// A measurement: a row of the table.
#[derive(Clone)]
pub struct Measurement {
    pub engine: &'static str,
    pub licenses: usize,
    pub scenario: String,
    pub connections: usize,
    /// A number other than a rate. Its unit is part of the scenario's name.
    pub value: Option<f64>,
    pub result: LoadResult,
    /// Rate divided by the rate of the reference, which is measured in the same round.
    pub ratio: f64,
}

impl Measurement {
    pub fn new(engine: &'static str, licenses: usize, scenario: &str) -> Self {
        Self {
            engine,
            licenses,
            scenario: scenario.to_owned(),
            connections: CONNECTIONS,
            value: None,
            result: LoadResult::default(),
            ratio: 0.0,
        }
    }

    pub fn with_connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    pub fn with_value(self, value: f64) -> Self {
        Self { value: Some(value), ..self }
    }

    pub fn with_result(self, result: &LoadResult, reference: &LoadResult) -> Self {
        Self { result: result.clone(), ratio: result.rate / reference.rate, ..self }
    }

    /// Uses the round whose ratio is the median.
    pub fn with_median(self, mut rounds: Vec<(LoadResult, LoadResult)>) -> Self {
        rounds.sort_by(|a, b| (a.0.rate / a.1.rate).total_cmp(&(b.0.rate / b.1.rate)));
        let (result, reference) = rounds.swap_remove(rounds.len() / 2);
        self.with_result(&result, &reference)
    }
}

/// All measurements, in order.
#[derive(Default)]
pub struct Report(Vec<Measurement>);

impl Report {
    /// Adds a measurement and prints its row.
    pub fn add(&mut self, measurement: Measurement) {
        print!("{}", table_row(&measurement));
        self.0.push(measurement);
    }

    /// Writes the table to `table.md`.
    pub fn write(&self, folder: &Path) -> Result {
        let mut text = String::from(
            "| engine | licenses | scenario | connections | per second | ratio to baseline | p50 ms | p99 ms |\n|---|--:|---|--:|--:|--:|--:|--:|\n",
        );
        self.0.iter().for_each(|measurement| text.push_str(&table_row(measurement)));
        let path = folder.join("table.md");
        std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        println!("\n{}", path.display());
        Ok(())
    }
}

fn table_row(measurement: &Measurement) -> String {
    let mut text =
        format!("| {} | {} | {} |", measurement.engine, measurement.licenses, measurement.scenario);
    let written = if let Some(value) = measurement.value {
        writeln!(text, "  | {value:.1} |  |  |  |")
    } else {
        let LoadResult { rate, p50_us, p99_us, non_success, .. } = measurement.result;
        let ms = |micros: u32| f64::from(micros) / 1000.0;
        let note = if non_success > 0 { format!(" ({non_success} not 2xx)") } else { String::new() };
        writeln!(
            text,
            " {} | {rate:.0}{note} | {:.3} | {:.2} | {:.2} |",
            measurement.connections,
            measurement.ratio,
            ms(p50_us),
            ms(p99_us)
        )
    };
    debug_assert!(written.is_ok());
    text
}
