//! A rolling upgrade under load: nodes of the former release and of this one side by side on one PostgreSQL database.
//!
//! The load comes from outside, as through a load balancer that sends a request to another node if one does not take it.
//! Afterwards everything that was acknowledged must be there, and no limit exceeded.

mod former_release;
mod instance;
mod load;

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::process::ServerProcess;
use crate::cmd::Result;
use crate::postgres::Cluster;
use instance::Instance;
use load::{Keys, Load, Seen};

/// How long each phase of the upgrade is under load.
const PHASE: Duration = Duration::from_secs(6);
/// Longest time until every node answers by a change of another one. 250 ms are promised; a busy machine gets more.
const PROPAGATION: Duration = Duration::from_secs(2);
/// The limit of the license that the load tries to exceed.
const LIMIT: u64 = 10;
/// Licenses that only the former release has used when the upgrade begins.
const FORMER_LICENSES: &str = "200";

/// Upgrades two nodes of the former release to the binary `server`.
///
/// # Errors
/// Returns a message if an acknowledged change is lost, a limit exceeded, or a request answered by an error.
pub fn test(server: &Path) -> Result {
    let former = former_release::build()?;
    let cluster = Cluster::start()?;
    let instance = Instance::create(cluster.url())?;
    instance.run(&former, &["demo", "--licenses", FORMER_LICENSES], "")?;
    let keys = issue_licenses(&instance, &former)?;
    let old = [instance.start(&former)?, instance.start(&former)?];
    let load = Load::new(&keys, old.iter().map(|node| node.address).collect());
    let result = thread::scope(|scope| {
        for worker in 0..load::WORKERS {
            let load = &load;
            scope.spawn(move || load.run(worker));
        }
        // Also set if a step fails, because the scope waits for the workers.
        let stop = load.stop_when_dropped();
        let result = upgrade(&instance, server, old, &load, &keys);
        drop(stop);
        result
    });
    let nodes = result?;
    check(&instance, server, &nodes, &keys, &load.into_seen())
}

/// Replaces the nodes one by one. Returns those of this version.
fn upgrade(
    instance: &Instance,
    server: &Path,
    old: [ServerProcess; 2],
    load: &Load<'_>,
    keys: &Keys,
) -> Result<[ServerProcess; 2]> {
    let [first, second] = old;
    step("two nodes of the former release");
    thread::sleep(PHASE);
    step("this version migrates the schema");
    instance.run(server, &["migrate"], "")?;
    thread::sleep(PHASE);
    step("a node of each version");
    load.remove_node(first.address);
    drop(first);
    let new_first = instance.start(server)?;
    load.add_node(new_first.address);
    thread::sleep(PHASE / 2);
    check_propagation(instance, server, &[second.address, new_first.address], keys)?;
    thread::sleep(PHASE / 2);
    step("two nodes of this version");
    load.remove_node(second.address);
    drop(second);
    let new_second = instance.start(server)?;
    load.add_node(new_second.address);
    thread::sleep(PHASE);
    Ok([new_first, new_second])
}

fn step(name: &str) {
    println!("\nUpgrade: {name}.");
}

fn issue_licenses(instance: &Instance, former: &Path) -> Result<Keys> {
    let account = ["--email", "ada@example.com", "--name", "Ada", "--account", "Upgrade", "--password-stdin"];
    instance.run(former, &[&["user", "add"], &account[..]].concat(), "correct horse battery")?;
    let product = ["--account", "upgrade", "--name", "Plugin", "--slug", "plugin"];
    instance.run(former, &[&["product", "create"], &product[..]].concat(), "")?;
    let product = instance.run(former, &["product", "show", "plugin", "--account", "upgrade"], "")?;
    let issue = |domains: &str| {
        let limits = ["--domain-limit", domains, "--machine-limit", "unlimited"];
        let product = ["license", "issue", "--product", "plugin", "--account", "upgrade"];
        let issued = instance.run(former, &[&product[..], &limits[..]].concat(), "")?;
        text(&issued["key"])
    };
    Ok(Keys {
        product: text(&product["id"])?,
        unlimited: issue("unlimited")?,
        limited: issue(&LIMIT.to_string())?,
        watched: issue("1")?,
    })
}

fn text(value: &Value) -> Result<String> {
    value.as_str().map(ToOwned::to_owned).ok_or_else(|| format!("`countersign` printed no text: {value}."))
}

/// Suspends and reinstates a license by a command of this version. Nodes of both versions must answer by it.
fn check_propagation(instance: &Instance, server: &Path, nodes: &[SocketAddr], keys: &Keys) -> Result {
    let domain = "watched.example.com";
    load::activate_once(nodes[0], &keys.watched, domain)?;
    for (command, is_valid) in [("suspend", false), ("reinstate", true), ("revoke", false)] {
        instance.run(server, &["license", command, &keys.watched], "")?;
        for node in nodes {
            let began = Instant::now();
            while load::is_valid(*node, &keys.watched, domain)? != is_valid {
                if began.elapsed() > PROPAGATION {
                    return Err(format!("The node {node} does not answer by `license {command}`."));
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
    Ok(())
}

fn check(instance: &Instance, server: &Path, nodes: &[ServerProcess; 2], keys: &Keys, seen: &Seen) -> Result {
    println!("\n{seen}");
    if let Some(fault) = seen.faults.first() {
        return Err(format!("{} requests got a wrong answer, the first: {fault}", seen.faults.len()));
    }
    for (node, activation) in nodes.iter().cycle().zip(&seen.acknowledged) {
        if !load::is_valid(node.address, &keys.unlimited, &activation.domain)? {
            return Err(format!("The acknowledged activation of {} is lost.", activation.domain));
        }
    }
    let used = |key: &str, column: &str| {
        let license = instance.run(server, &["license", "show", key], "")?;
        license[column].as_u64().ok_or_else(|| format!("`license show` printed no {column}: {license}."))
    };
    let (domains, machines) =
        (used(&keys.unlimited, "domains_used")?, used(&keys.unlimited, "machines_used")?);
    let acknowledged = u64::try_from(seen.acknowledged.len()).unwrap_or(u64::MAX);
    if domains < acknowledged || machines < seen.machines {
        return Err(format!(
            "{acknowledged} domains and {} machines were acknowledged, but {domains} and {machines} are active.",
            seen.machines
        ));
    }
    let limited = used(&keys.limited, "domains_used")?;
    if limited != LIMIT || seen.taken_slots > LIMIT {
        return Err(format!(
            "A license with {LIMIT} slots has {limited}, of which {} were acknowledged.",
            seen.taken_slots
        ));
    }
    let counters = instance.run(server, &["check"], "")?;
    if counters["agree"] != true {
        return Err(format!("The counters do not agree: {counters}."));
    }
    println!("Nothing acknowledged was lost, and no limit exceeded.");
    Ok(())
}
