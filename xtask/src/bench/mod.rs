//! `cargo xtask bench`: compares the server with a baseline server.
//!
//! Server and load generator are pinned to one core each. Rounds of the server and of the baseline alternate,
//! and a rate is reported as its ratio to the baseline of the same round, because a shared machine's speed
//! varies.

mod baseline;
mod bulk;
mod bulk_work;
mod config;
mod context;
mod fixture;
mod import_form;
mod live;
mod load;
mod management;
mod management_client;
mod pages;
mod parallel;
pub mod process;
mod random;
mod receiver;
mod report;
mod request;
mod scenarios;
mod session;
mod webhooks;

use std::path::{Path, PathBuf};
use std::time::Instant;

use baseline::Baseline;
pub use config::Options;
use config::Part;
use context::BenchContext;
use fixture::Fixture;
use process::{BOTH_CORES, LOAD_CORE, pinned};
use report::Report;

use crate::cmd::{Result, run, target_dir, which};
use crate::postgres::Cluster;
use crate::serve;

/// Path of the server's binary, set for the process that is pinned to the load generator's core.
const SERVER_VARIABLE: &str = "XTASK_BENCH_SERVER";

/// Runs the benchmarks and writes the table to `target/bench/table.md`.
pub fn bench(options: &Options) -> Result {
    let Some(server) = std::env::var_os(SERVER_VARIABLE).map(PathBuf::from) else {
        return build_and_run_pinned();
    };
    let mut report = Report::default();
    for licenses in &options.licenses {
        measure(&server, *licenses, options, &mut report)?;
    }
    report.write(&target_dir().join("bench"))
}

/// Builds both servers, then starts this program again with the same arguments on the load generator's core.
fn build_and_run_pinned() -> Result {
    let server = serve::build_server(true)?;
    baseline::build()?;
    let xtask = std::env::current_exe().map_err(|e| format!("The path of xtask is unknown: {e}."))?;
    if which("taskset").is_none() {
        println!("`taskset` is not on the PATH: processes are not pinned to cores, so results vary more.");
    }
    run(pinned(LOAD_CORE, &xtask).args(std::env::args_os().skip(1)).env(SERVER_VARIABLE, server))
}

/// Measures the selected parts on a new instance with `licenses` licenses.
fn measure(server: &Path, licenses: usize, options: &Options, report: &mut Report) -> Result {
    let cluster = if options.postgres { Some(Cluster::start()?) } else { None };
    let engine = if options.postgres { "PostgreSQL" } else { "SQLite" };
    println!("\n{licenses} licenses on {engine}");
    let fixture = Fixture::create(server, licenses, cluster.as_ref().map(Cluster::url))?;
    let baseline = Baseline::start(server)?;

    let started = Instant::now();
    let process = fixture.serve(server, true)?;
    let startup_ms = started.elapsed().as_secs_f64() * 1000.0;
    let (time, fixture, baseline) = (options.seconds, &fixture, &baseline);
    let mut context =
        BenchContext { engine, licenses, time, server, fixture, process: &process, baseline, report };
    context.add_value("`countersign demo`, s", fixture.creation_time.as_secs_f64());
    context.add_value("startup until the first log line, ms", startup_ms);
    context.add_value("anonymous memory, idle, MiB", process.anonymous_memory_mib());
    if options.includes(Part::Verify) {
        scenarios::measure_verify(&mut context)?;
        context.add_value("anonymous memory after verify, MiB", process.anonymous_memory_mib());
    }
    drop(process);

    // The scenarios that write run without rate limits.
    if options.includes(Part::Activate) {
        let process = fixture.serve(server, false)?;
        let mut context =
            BenchContext { engine, licenses, time, server, fixture, process: &process, baseline, report };
        scenarios::measure_domain_activations(&mut context)?;
        let key = scenarios::measure_machine_activations(&mut context)?;
        pages::measure_pages(&mut context, &key)?;
    }
    if options.includes(Part::Live) {
        let process = fixture.serve(server, false)?;
        let mut context =
            BenchContext { engine, licenses, time, server, fixture, process: &process, baseline, report };
        live::measure_live(&mut context)?;
    }
    if options.includes(Part::Bulk) {
        // A new process, because the report states the growth of its memory. On both cores, because the load
        // generator only waits.
        let process = fixture.serve_on(BOTH_CORES, server, false)?;
        let mut context =
            BenchContext { engine, licenses, time, server, fixture, process: &process, baseline, report };
        let product = bulk::measure_bulk_work(&mut context)?;
        drop(process);
        let process = fixture.serve(server, false)?;
        let mut context =
            BenchContext { engine, licenses, time, server, fixture, process: &process, baseline, report };
        bulk::measure_bulk_work_beside_verify(&mut context, &product)?;
    }
    if options.includes(Part::Management) {
        let process = fixture.serve(server, false)?;
        let mut context =
            BenchContext { engine, licenses, time, server, fixture, process: &process, baseline, report };
        management::measure_management(&mut context)?;
    }
    if options.includes(Part::Webhooks) {
        // Last, because the webhooks stay.
        let process = fixture.serve(server, false)?;
        let mut context =
            BenchContext { engine, licenses, time, server, fixture, process: &process, baseline, report };
        webhooks::measure_webhooks(&mut context)?;
    }
    Ok(())
}
