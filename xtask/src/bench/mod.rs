//! `cargo xtask bench`: the server beside a bare handler, each pinned to one core
//! with the load generator on another, interleaved; medians, as ratios to the
//! bare handler of the same run.

mod load;
mod plot;
mod process;
mod report;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use load::Outcome;
use process::{Running, ask, pinned};
use report::{Report, Row};

use crate::postgres::Cluster;
use crate::run::{Done, cargo, run, target, which};
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

/// Runs the benchmarks and writes the table and the plot.
pub fn bench(args: &[String]) -> Done {
    let options = options(args)?;
    if std::env::var_os("XTASK_BENCH_SERVER").is_none() {
        let server = serve::server(true)?;
        run(cargo().args(["build", "--release", "--package", "server", "--example", "bare"]))?;
        let me = std::env::current_exe().map_err(|e| e.to_string())?;
        if which("taskset").is_none() {
            println!("Nothing is pinned: there is no taskset on the PATH.");
        }
        let mut pinned = pinned(1, &me);
        pinned.arg("bench").args(args).env("XTASK_BENCH_SERVER", server);
        return run(&mut pinned);
    }
    let server = PathBuf::from(std::env::var_os("XTASK_BENCH_SERVER").unwrap_or_default());
    let mut report = Report::default();
    for licenses in &options.licenses {
        measure(&server, *licenses, &options, &mut report)?;
    }
    report.write(&target().join("bench"))
}

fn options(args: &[String]) -> Done<Options> {
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

/// The data, and what is needed to ask about it.
struct Data {
    folder: PathBuf,
    url: Option<String>,
    keys: Vec<(String, String)>,
    email: String,
    password: String,
    made_in: Duration,
}

impl Data {
    /// Fills an empty instance with the demo.
    fn make(server: &Path, licenses: usize, url: Option<String>) -> Done<Self> {
        let folder = target().join("bench").join(format!("data-{licenses}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let file = folder.join("keys.txt");
        let (began, count) = (Instant::now(), licenses.to_string());
        let mut data = Self {
            folder,
            url,
            keys: Vec::new(),
            email: String::new(),
            password: String::new(),
            made_in: Duration::ZERO,
        };
        let made =
            data.command(server, &["demo", "--licenses", &count, "--keys", &file.to_string_lossy()])?;
        data.made_in = began.elapsed();
        let text = std::fs::read_to_string(&file).map_err(|e| e.to_string())?;
        data.keys = text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(key, domain)| (key.to_owned(), domain.to_owned()))
            .collect();
        let word = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        (data.email, data.password) = (word("email"), word("password"));
        Ok(data)
    }

    fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("COUNTERSIGN_DATA_DIR", &self.folder).env("COUNTERSIGN_LOG", "error");
        // On, and never hit.
        for endpoint in ["ACTIVATE", "VERIFY", "DEACTIVATE", "STATUS"] {
            command.env(format!("COUNTERSIGN_RATE_LIMIT_{endpoint}"), "4000000000");
        }
        if let Some(url) = &self.url {
            command.env("COUNTERSIGN_DATABASE_URL", url);
        }
        command
    }

    fn command(&self, server: &Path, args: &[&str]) -> Done<serde_json::Value> {
        let mut command = Command::new(server);
        let output =
            self.environment(command.arg("--json").args(args)).output().map_err(|e| e.to_string())?;
        serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("{args:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    fn serve(&self, server: &Path, limits: bool) -> Done<Running> {
        let mut command = pinned(0, server);
        self.environment(command.args(["--json", "serve", "--listen", "127.0.0.1:0"]));
        if !limits {
            command.env("COUNTERSIGN_RATE_LIMITS", "off");
        }
        Running::start(&mut command, |line| {
            let said: serde_json::Value = serde_json::from_str(line).ok()?;
            said["address"].as_str()?.strip_prefix("http://")?.parse().ok()
        })
    }
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

fn bare(address: SocketAddr, time: Duration) -> Done<Outcome> {
    let body = r#"{"license_key":"LIC-A3F9-K2M7-P8X1-Q4R6","domain":"myapp.example.com"}"#;
    load::run(address, CONNECTIONS, time, |out| {
        post(out, "/", body);
        true
    })
}

fn measure(server: &Path, licenses: usize, options: &Options, report: &mut Report) -> Done {
    let cluster = if options.postgres { Some(Cluster::start()?) } else { None };
    let engine = if options.postgres { "PostgreSQL" } else { "SQLite" };
    println!("\n{licenses} licenses on {engine}");
    let data = Data::make(server, licenses, cluster.as_ref().map(Cluster::url))?;
    let row = |scene: &str| Row::new(engine, licenses, scene);
    report.add(row("made by `countersign demo`, in seconds").value(data.made_in.as_secs_f64()));
    let time = Duration::from_secs_f64(options.seconds);
    let example = server.with_file_name("examples").join("bare");
    let base = Running::start(&mut pinned(0, &example), |line| line.parse().ok())?;

    let began = Instant::now();
    let running = data.serve(server, true)?;
    report.add(row("start to the first line, in ms").value(began.elapsed().as_secs_f64() * 1000.0));
    report.add(row("anonymous memory idle, in MiB").value(running.memory()));
    // Cold: each key for the first time, then all of them once more, to warm up.
    let mut keys = data.keys.iter().cycle().take(data.keys.len().min(200_000));
    let cold = load::run(running.address, CONNECTIONS, Duration::from_mins(1), |out| {
        keys.next().map(|key| verify(out, key)).is_some()
    })?;
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
                verify(out, &data.keys[draw(&mut random, data.keys.len())]);
                true
            })?;
            runs.push((outcome, reference));
        }
        report.add(row(&format!("verify, warm, {name}")).median(runs));
    }
    for connections in [1, 8, 64, 256] {
        let reference = bare(base.address, time / 2)?;
        let outcome = load::run(running.address, connections, time / 2, |out| {
            verify(out, &data.keys[draws[0].1(&mut random, data.keys.len())]);
            true
        })?;
        report.add(row("verify, warm, uniform").connections(connections).of(&outcome, &reference));
    }
    report.add(row("anonymous memory under verify, in MiB").value(running.memory()));
    drop(running);

    let running = data.serve(server, false)?;
    activate(server, &data, &running, &base, time, &row, report)?;
    machines(server, &data, &running, &base, time, &row, report)?;
    dashboard(&data, &running, &base, time, &row, report)
}

/// Licenses without a limit, for what takes slots.
fn fresh(server: &Path, data: &Data, count: usize) -> Done<Vec<String>> {
    let count = count.to_string();
    let issue = ["license", "issue", "--product", "aurora-forms", "--domain-limit", "unlimited"];
    let issue = [&issue[..], &["--machine-limit", "unlimited", "--count", &count]].concat();
    let issued = data.command(server, &issue)?;
    let all = issued["licenses"].as_array().cloned().unwrap_or_else(|| vec![issued.clone()]);
    Ok(all.iter().filter_map(|one| one["key"].as_str().map(ToOwned::to_owned)).collect())
}

fn activate(
    server: &Path,
    data: &Data,
    running: &Running,
    base: &Running,
    time: Duration,
    row: &dyn Fn(&str) -> Row,
    report: &mut Report,
) -> Done {
    let keys = fresh(server, data, 1000)?;
    let mut n = 0usize;
    for (scene, among) in
        [("activate, new domains, 1,000 licenses", 1000), ("activate, new domains, one license", 1)]
    {
        let mut runs = Vec::new();
        for _ in 0..ROUNDS {
            let reference = bare(base.address, time)?;
            let outcome = load::run(running.address, CONNECTIONS, time, |out| {
                n += 1;
                let key = &keys[n % among];
                post(out, "/activate", &format!(r#"{{"license_key":"{key}","domain":"d{n}.example.org"}}"#));
                true
            })?;
            runs.push((outcome, reference));
        }
        report.add(row(scene).median(runs));
    }
    Ok(())
}

fn machines(
    server: &Path,
    data: &Data,
    running: &Running,
    base: &Running,
    time: Duration,
    row: &dyn Fn(&str) -> Row,
    report: &mut Report,
) -> Done {
    let (_, raw) = ask(base.address, "GET /sign-rate HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n")?;
    let raw = Outcome { rate: raw.trim().parse().unwrap_or(1.0), ..Outcome::default() };
    report.add(row("RS256 signatures a second, raw").value(raw.rate));
    let key = fresh(server, data, 1)?.pop().unwrap_or_default();
    let product = data.command(server, &["product", "show", "aurora-forms"])?;
    let product = product["id"].as_str().unwrap_or_default().to_owned();
    let body = |n: usize| {
        format!(
            r#"{{"key":"{key}","productId":"{product}","fingerprint":"machine-{n}","hostname":"h","os":"linux","appVersion":"1","userHash":"u"}}"#
        )
    };
    let mut n = 0;
    let again = load::run(running.address, CONNECTIONS, time, |out| {
        n += 1;
        post(out, "/v3/activations", &body(n % CONNECTIONS));
        true
    })?;
    report.add(row("POST /v3/activations, known machines (to raw signing)").of(&again, &raw));
    let mut n = 1000;
    let new = load::run(running.address, CONNECTIONS, time, |out| {
        n += 1;
        post(out, "/v3/activations", &body(n));
        true
    })?;
    report.add(row("POST /v3/activations, new machines (to raw signing)").of(&new, &raw));
    Ok(())
}

fn dashboard(
    data: &Data,
    running: &Running,
    base: &Running,
    time: Duration,
    row: &dyn Fn(&str) -> Row,
    report: &mut Report,
) -> Done {
    let form = format!("email={}&password={}&next=", data.email.replace('@', "%40"), data.password);
    let (head, _) = ask(
        running.address,
        &format!(
            "POST /_fn/sign_in HTTP/1.1\r\nHost: bench\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    )?;
    let cookie = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .find(|value| value.starts_with("countersign_session"))
        .ok_or_else(|| format!("The sign-in failed: {head}"))?
        .to_owned();
    let headers = format!("Accept: text/html\r\nCookie: {cookie}\r\n");
    let deep = data.keys.len() / 2;
    let tail = data.keys[deep].0.rsplit('-').next().unwrap_or_default().to_owned();
    let pages = [
        ("overview", "/".to_owned()),
        ("licenses", "/licenses".to_owned()),
        ("licenses, suspended, oldest first", "/licenses?standing=suspended&sort=oldest".to_owned()),
        ("licenses, expiring next", "/licenses?sort=expiry".to_owned()),
        ("search by a name", "/licenses?q=maple".to_owned()),
        ("search by a tail", format!("/licenses?q={tail}")),
        ("search by a domain", format!("/licenses?q={}", data.keys[deep].1)),
    ];
    for (name, path) in pages {
        let reference = bare(base.address, time / 4)?;
        let one = load::run(running.address, 1, time / 2, |out| {
            get(out, &path, &headers);
            true
        })?;
        if one.refused > 0 {
            return Err(format!("{path}: {} refusals", one.refused));
        }
        report
            .add(row(&format!("page: {name} ({} kB)", one.bytes / 1000)).connections(1).of(&one, &reference));
    }
    Ok(())
}
