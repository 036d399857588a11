//! Runs the faults one after the other under load, and judges the figures.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use clap::ValueEnum as _;

use super::compare::compare;
use super::fault::Fault;
use super::host::STATE_DIR;
use super::load::Load;
use super::report::{Figures, broken_bounds, table};
use super::{instance, node, patroni};
use crate::cmd::{Result, target_dir};

/// Licenses of each run: without a limit, and with one that the load reaches.
const UNLIMITED_LICENSES: usize = 4;
const LIMITED_LICENSES: usize = 4;
const DOMAIN_LIMIT: usize = 250;
/// Time of the load before the fault and after its end.
const BESIDE: Duration = Duration::from_secs(5);
const MAX_HEALTHY: Duration = Duration::from_mins(3);

/// Causes the faults in `only`, or all. Prints the table, and writes it to the target folder.
///
/// # Errors
/// Returns the broken bounds.
pub fn run_all(binary: &Path, only: &[Fault]) -> Result {
    let faults = if only.is_empty() { Fault::value_variants() } else { only };
    let (mut figures, mut broken) = (Vec::new(), Vec::new());
    for fault in faults {
        let found = run(binary, *fault)?;
        broken.extend(broken_bounds(&found));
        figures.push(found);
        println!("\n{}", table(&figures));
    }
    if !instance::counters_agree(binary)? {
        broken.push("`countersign check`: counters of the database differ from a full count.".to_owned());
    }
    write_table(&table(&figures))?;
    if broken.is_empty() {
        println!("All bounds are kept.");
        return Ok(());
    }
    Err(broken.join("\n"))
}

fn run(binary: &Path, fault: Fault) -> Result<Figures> {
    patroni::wait_until_healthy(MAX_HEALTHY)?;
    node::wait_until_ready(MAX_HEALTHY)?;
    println!("\n{}", fault.name());
    let mut keys = instance::issue(binary, UNLIMITED_LICENSES, None)?;
    keys.extend(instance::issue(binary, LIMITED_LICENSES, Some(DOMAIN_LIMIT))?);
    // Domains of an earlier run must not count for this one.
    let run = format!("{}-{}", fault.name(), std::process::id());
    let load = Load::start(keys, &run);
    thread::sleep(BESIDE);
    let caused = fault.cause(binary);
    let ended_at = Instant::now();
    let healed = caused
        .and_then(|()| patroni::wait_until_healthy(MAX_HEALTHY))
        .and_then(|()| node::wait_until_ready(MAX_HEALTHY));
    let healed_after = ended_at.elapsed();
    thread::sleep(BESIDE);
    // The load ends also if the cluster did not heal.
    let observations = load.end()?;
    healed?;
    let comparison = compare(&observations.acknowledged)?;
    Ok(Figures { fault: fault.name(), observations, comparison, healed_after })
}

fn write_table(table: &str) -> Result {
    let folder = target_dir().join("cluster");
    let file = folder.join("table.md");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, table))
        .map_err(|e| format!("{}: {e}.", file.display()))?;
    println!("The table is in {}. Logs are in {STATE_DIR}.", file.display());
    Ok(())
}
