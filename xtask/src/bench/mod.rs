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
use load::Outcome;
use process::{LOAD, Running, SERVER, pinned};
use report::{Report, Row};
use scenarios::BenchContext;

use crate::cmd::{Result, cargo, run, target_dir, which};
use crate::postgres::Cluster;
use crate::serve;

/// Connections at once, unless the row is about them.
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
        run(cargo().args(["build", "--release", "--package", "server", "--example", "bare"]))?;
        let me = std::env::current_exe().map_err(|e| e.to_string())?;
        if which("taskset").is_none() {
            println!("Nothing is pinned: there is no taskset on the PATH.");
        }
        let mut pinned = pinned(LOAD, &me);
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
type Draw = fn(&mut Random, usize) -> usize;

/// Small, and the same in every run.
struct Random(u64);

impl Random {
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
fn zipf(random: &mut Random, n: usize) -> usize {
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

fn bare(address: SocketAddr, time: Duration) -> Result<Outcome> {
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
    let row = |scenario: &str| Row::new(engine, licenses, scenario);
    report.add(row("made by `countersign demo`, in seconds").value(fixture.creation_time.as_secs_f64()));
    let time = Duration::from_secs_f64(options.seconds);
    let example = server.with_file_name("examples").join("bare");
    let base = Running::start(&mut pinned(SERVER, &example), |line| line.parse().ok())?;

    let began = Instant::now();
    let running = fixture.serve(server, true)?;
    report.add(row("start to the first line, in ms").value(began.elapsed().as_secs_f64() * 1000.0));
    report.add(row("anonymous memory idle, in MiB").value(running.memory()));
    // Cold: each key for the first time; then the rest of them, to warm up.
    let (some, rest) = fixture.keys.split_at(fixture.keys.len().min(50_000));
    let once = |keys: &[(String, String)]| {
        let mut keys = keys.iter();
        load::run(running.address, CONNECTIONS, Duration::from_mins(5), |out| {
            keys.next().map(|key| verify(out, key)).is_some()
        })
    };
    let cold = once(some)?;
    if rest.len() > CONNECTIONS {
        once(rest)?;
    }
    let reference = bare(base.address, time)?;
    report.add(row("verify, cold").of(&cold, &reference));

    let mut random = Random(0x5eed);
    #[allow(clippy::cast_possible_truncation, reason = "an index")]
    let draws: [(&str, Draw); 2] = [("uniform", |r, n| (r.next() as usize) % n), ("Zipf", zipf)];
    for (name, draw) in draws {
        let mut runs = Vec::new();
        for _ in 0..ROUNDS {
            let reference = bare(base.address, time)?;
            let outcome = load::run(running.address, CONNECTIONS, time, |out| {
                verify(out, &fixture.keys[draw(&mut random, fixture.keys.len())]);
                true
            })?;
            runs.push((outcome, reference));
        }
        report.add(row(&format!("verify, warm, {name}")).median(runs));
    }
    for connections in [1, 8, 64, 256] {
        let reference = bare(base.address, time / 2)?;
        let outcome = load::run(running.address, connections, time / 2, |out| {
            verify(out, &fixture.keys[draws[0].1(&mut random, fixture.keys.len())]);
            true
        })?;
        report.add(row("verify, warm, uniform").connections(connections).of(&outcome, &reference));
    }
    report.add(row("anonymous memory under verify, in MiB").value(running.memory()));
    drop(running);

    let running = fixture.serve(server, false)?;
    let (fixture, running, base) = (&fixture, &running, &base);
    let mut context = BenchContext { server, fixture, running, base, time, row: &row, report };
    scenarios::measure_domain_activations(&mut context)?;
    let key = scenarios::measure_machine_activations(&mut context)?;
    pages::measure_pages(&mut context, &key)
}
