//! `cargo xtask bench`: the server beside a bare handler, each pinned to one core
//! with the load generator on another, interleaved; medians, as ratios to the
//! bare handler of the same run.

mod fixture;
mod load;
mod pages;
mod process;
mod report;
mod scenarios;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fixture::Fixture;
use load::LoadResult;
use process::{LOAD_CORE, SERVER_CORE, ServerProcess, pinned};
use report::{Measurement, Report};
use scenarios::BenchContext;

use crate::cmd::{Result, cargo, run, target_dir, which};
use crate::postgres::Cluster;
use crate::serve;

/// Connections at once, unless the measurement is about them.
const CONNECTIONS: usize = 32;
/// Rounds, of which the median is taken.
const ROUNDS: usize = 3;

struct Options {
    licenses: Vec<usize>,
    seconds: f64,
    postgres: bool,
}

/// Runs the benchmarks and writes the table.
pub fn bench(args: &[String]) -> Result {
    let options = options(args)?;
    if std::env::var_os("XTASK_BENCH_SERVER").is_none() {
        let server = serve::build_server(true)?;
        run(cargo().args(["build", "--release", "--package", "server", "--example", "baseline"]))?;
        let me = std::env::current_exe().map_err(|e| e.to_string())?;
        if which("taskset").is_none() {
            println!("Nothing is pinned: there is no taskset on the PATH.");
        }
        let mut pinned = pinned(LOAD_CORE, &me);
        pinned.arg("bench").args(args).env("XTASK_BENCH_SERVER", server);
        return run(&mut pinned);
    }
    let server = PathBuf::from(std::env::var_os("XTASK_BENCH_SERVER").unwrap_or_default());
    let mut report = Report::default();
    for licenses in &options.licenses {
        measure(&server, *licenses, &options, &mut report)?;
    }
    report.write(&target_dir().join("bench"))
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options { licenses: vec![1_000, 100_000], seconds: 2.0, postgres: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match (arg.as_str(), arg.as_str() == "--postgres") {
            (_, true) => options.postgres = true,
            ("--licenses", _) => {
                let list = args.next().ok_or("--licenses wants numbers, separated by commas.")?;
                let numbers: Result<_, _> = list.split(',').map(|n| n.trim().parse()).collect();
                options.licenses = numbers.map_err(|_| format!("{list}: numbers, separated by commas."))?;
            }
            ("--seconds", _) => {
                let seconds = args.next().and_then(|n| n.parse().ok());
                options.seconds = seconds.ok_or("--seconds wants a number.")?;
            }
            _ => return Err("cargo xtask bench [--licenses 1000,1000000] [--seconds 2] [--postgres]".into()),
        }
    }
    Ok(options)
}

/// Which key is asked about next.
type KeyDistribution = fn(&mut XorShift, usize) -> usize;

/// Small, and the same in every run.
struct XorShift(u64);

impl XorShift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to below 1.
    #[allow(clippy::cast_precision_loss, reason = "53 bits")]
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "an index"
)]
fn zipf(random: &mut XorShift, n: usize) -> usize {
    // The inverse of the harmonic sum, near enough.
    (((n as f64 + 1.0).ln() * random.unit()).exp() as usize).clamp(1, n) - 1
}

fn get(out: &mut Vec<u8>, path: &str, more: &str) {
    out.extend_from_slice(b"GET ");
    out.extend_from_slice(path.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\nHost: bench\r\n");
    out.extend_from_slice(more.as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn post(out: &mut Vec<u8>, path: &str, body: &str) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body.as_bytes());
}

fn verify(out: &mut Vec<u8>, (key, domain): &(String, String)) {
    get(out, &format!("/verify?license_key={key}&domain={domain}"), "");
}

fn bare(address: SocketAddr, time: Duration) -> Result<LoadResult> {
    let body = r#"{"license_key":"LIC-A3F9-K2M7-P8X1-Q4R6","domain":"myapp.example.com"}"#;
    load::run(address, CONNECTIONS, time, |out| {
        post(out, "/", body);
        true
    })
}

fn measure(server: &Path, licenses: usize, options: &Options, report: &mut Report) -> Result {
    let cluster = if options.postgres { Some(Cluster::start()?) } else { None };
    let engine = if options.postgres { "PostgreSQL" } else { "SQLite" };
    println!("\n{licenses} licenses on {engine}");
    let fixture = Fixture::create(server, licenses, cluster.as_ref().map(Cluster::url))?;
    let measurement = |scenario: &str| Measurement::new(engine, licenses, scenario);
    report.add(
        measurement("made by `countersign demo`, in seconds").with_value(fixture.creation_time.as_secs_f64()),
    );
    let time = Duration::from_secs_f64(options.seconds);
    let example = server.with_file_name("examples").join("baseline");
    let base = ServerProcess::start(&mut pinned(SERVER_CORE, &example), |line| line.parse().ok())?;

    let began = Instant::now();
    let server_process = fixture.serve(server, true)?;
    report.add(
        measurement("start to the first line, in ms").with_value(began.elapsed().as_secs_f64() * 1000.0),
    );
    report
        .add(measurement("anonymous memory idle, in MiB").with_value(server_process.anonymous_memory_mib()));
    // Cold: each key for the first time; then the rest of them, to warm up.
    let (some, rest) = fixture.keys.split_at(fixture.keys.len().min(50_000));
    let once = |keys: &[(String, String)]| {
        let mut keys = keys.iter();
        load::run(server_process.address, CONNECTIONS, Duration::from_mins(5), |out| {
            keys.next().map(|key| verify(out, key)).is_some()
        })
    };
    let cold = once(some)?;
    if rest.len() > CONNECTIONS {
        once(rest)?;
    }
    let reference = bare(base.address, time)?;
    report.add(measurement("verify, cold").with_result(&cold, &reference));

    let mut random = XorShift(0x5eed);
    #[allow(clippy::cast_possible_truncation, reason = "an index")]
    let distributions: [(&str, KeyDistribution); 2] =
        [("uniform", |r, n| (r.next() as usize) % n), ("Zipf", zipf)];
    for (name, distribution) in distributions {
        let mut runs = Vec::new();
        for _ in 0..ROUNDS {
            let reference = bare(base.address, time)?;
            let result = load::run(server_process.address, CONNECTIONS, time, |out| {
                verify(out, &fixture.keys[distribution(&mut random, fixture.keys.len())]);
                true
            })?;
            runs.push((result, reference));
        }
        report.add(measurement(&format!("verify, warm, {name}")).with_median(runs));
    }
    for connections in [1, 8, 64, 256] {
        let reference = bare(base.address, time / 2)?;
        let result = load::run(server_process.address, connections, time / 2, |out| {
            verify(out, &fixture.keys[distributions[0].1(&mut random, fixture.keys.len())]);
            true
        })?;
        report.add(
            measurement("verify, warm, uniform")
                .with_connections(connections)
                .with_result(&result, &reference),
        );
    }
    report.add(
        measurement("anonymous memory under verify, in MiB")
            .with_value(server_process.anonymous_memory_mib()),
    );
    drop(server_process);

    let server_process = fixture.serve(server, false)?;
    let (fixture, server_process, base) = (&fixture, &server_process, &base);
    let mut context =
        BenchContext { server, fixture, server_process, base, time, measurement: &measurement, report };
    scenarios::measure_domain_activations(&mut context)?;
    let key = scenarios::measure_machine_activations(&mut context)?;
    pages::measure_pages(&mut context, &key)
}
