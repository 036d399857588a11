//! The table.

use std::fmt::Write as _;
use std::path::Path;

use super::load::Outcome;
use crate::cmd::Result;

/// A line of the table.
#[derive(Clone)]
pub struct Row {
    pub engine: &'static str,
    pub licenses: usize,
    pub scenario: String,
    pub connections: usize,
    /// A figure that is no rate.
    pub value: Option<f64>,
    pub outcome: Outcome,
    /// To the bare handler of the same round.
    pub ratio: f64,
}

impl Row {
    pub fn new(engine: &'static str, licenses: usize, scenario: &str) -> Self {
        Self {
            engine,
            licenses,
            scenario: scenario.to_owned(),
            connections: super::CONNECTIONS,
            value: None,
            outcome: Outcome::default(),
            ratio: 0.0,
        }
    }

    pub fn connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    pub fn value(self, value: f64) -> Self {
        Self { value: Some(value), ..self }
    }

    pub fn of(self, outcome: &Outcome, reference: &Outcome) -> Self {
        Self { outcome: outcome.clone(), ratio: outcome.rate / reference.rate, ..self }
    }

    /// The round whose ratio is the median.
    pub fn median(self, mut runs: Vec<(Outcome, Outcome)>) -> Self {
        runs.sort_by(|a, b| (a.0.rate / a.1.rate).total_cmp(&(b.0.rate / b.1.rate)));
        let (outcome, reference) = runs.swap_remove(runs.len() / 2);
        self.of(&outcome, &reference)
    }
}

/// All lines.
#[derive(Default)]
pub struct Report(Vec<Row>);

impl Report {
    /// Adds a line, and says it at once.
    pub fn add(&mut self, row: Row) {
        print!("{}", line(&row));
        self.0.push(row);
    }

    /// Writes the table.
    pub fn write(&self, folder: &Path) -> Result {
        let mut text = String::from(
            "| engine | licenses | what | connections | a second | to bare | p50 ms | p99 ms |\n|---|--:|---|--:|--:|--:|--:|--:|\n",
        );
        self.0.iter().for_each(|row| text.push_str(&line(row)));
        let path = folder.join("table.md");
        std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        println!("\n{}", path.display());
        Ok(())
    }
}

fn line(row: &Row) -> String {
    let mut text = format!("| {} | {} | {} |", row.engine, row.licenses, row.scenario);
    let written = if let Some(value) = row.value {
        writeln!(text, "  | {value:.1} |  |  |  |")
    } else {
        let Outcome { rate, p50, p99, refused, .. } = row.outcome;
        let ms = |micros: u32| f64::from(micros) / 1000.0;
        let note = if refused > 0 { format!(" ({refused} refused)") } else { String::new() };
        writeln!(
            text,
            " {} | {rate:.0}{note} | {:.3} | {:.2} | {:.2} |",
            row.connections,
            row.ratio,
            ms(p50),
            ms(p99)
        )
    };
    debug_assert!(written.is_ok());
    text
}
