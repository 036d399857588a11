//! `cargo xtask cluster`: three database hosts, a balancer and three nodes of Countersign on one machine,
//! in network namespaces, and tests that kill processes and cut lines while clients activate.
//!
//! The configuration is that of `docs/cluster`, which operators copy. See docs/cluster.md.

mod balancer;
mod client;
mod compare;
mod database;
mod fault;
mod host;
mod instance;
mod load;
mod node;
mod observations;
mod packages;
mod patroni;
mod report;
mod scenario;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cmd::{Result, is_root};
use crate::serve;
use fault::Fault;

/// Options of `cargo xtask cluster`.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Start the cluster, or what of it does not run. Needs root
    Up(BinaryOptions),
    /// Break the cluster in each way while clients activate and verify, and compare what they got with the
    /// database
    Test(TestOptions),
    /// Stop the cluster and delete its data
    Down,
}

#[derive(Args)]
struct BinaryOptions {
    /// Use this server instead of building one
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Build in the release profile
    #[arg(long)]
    release: bool,
}

#[derive(Args)]
struct TestOptions {
    #[command(flatten)]
    binary: BinaryOptions,
    /// Cause this fault alone; may be repeated
    #[arg(long, value_enum, value_name = "FAULT")]
    only: Vec<Fault>,
}

/// Runs `cargo xtask cluster`.
pub fn cluster(options: &Options) -> Result {
    if !is_root() {
        return Err("`cargo xtask cluster` makes network namespaces: run it as root.".into());
    }
    match &options.action {
        Action::Up(options) => {
            up(options)?;
            print_addresses();
            Ok(())
        }
        Action::Test(options) => test(options),
        Action::Down => host::remove_all(),
    }
}

/// Starts what does not run. Returns the path of the server's binary.
fn up(options: &BinaryOptions) -> Result<PathBuf> {
    packages::ensure()?;
    let binary = match &options.binary {
        Some(binary) => binary.canonicalize().map_err(|e| format!("{}: {e}.", binary.display()))?,
        None => serve::build_server(options.release)?,
    };
    host::create_all()?;
    database::start_all()?;
    balancer::start()?;
    database::create_database()?;
    instance::create(&binary)?;
    node::start_all(&binary)?;
    Ok(binary)
}

/// Runs the scenarios. A cluster that this command started is removed again.
fn test(options: &TestOptions) -> Result {
    let was_running = host::any_exists();
    let result = up(&options.binary).and_then(|binary| scenario::run_all(&binary, &options.only));
    if was_running {
        return result;
    }
    if result.is_err() {
        println!("\nThe cluster still runs, with its logs in {}.", host::STATE_DIR);
        println!("Remove it by `cargo xtask cluster down`.");
        return result;
    }
    result.and(host::remove_all())
}

fn print_addresses() {
    println!("\nThe cluster runs. Its hosts are network namespaces on the bridge {}.", host::BRIDGE);
    for host in host::ALL {
        println!("  {:15} {}  {}", host.namespace, host.address, host.content);
    }
    println!(
        "\nNodes together: http://{0}:{1}. PostgreSQL: {0}:{2}.",
        host::BALANCER.address,
        balancer::HTTP_PORT,
        database::PORT
    );
    println!("Configuration, logs and data: {}", host::STATE_DIR);
    println!("State:        patronictl -c {}/db1/patroni.yml list", host::STATE_DIR);
    println!("Cut a line:   ip link set countersign-db1 down    (and `up`)");
    println!("Kill a host's processes:   ip netns pids countersign-db1 | xargs kill -9");
    println!("Start them again:          cargo xtask cluster up");
}
