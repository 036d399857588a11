//! Installation, upgrade, removal and purge of Debian's package.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::chroot::Chroot;
use super::server::Server;
use crate::cmd::{Result, run};
use crate::package::place::{self, VERSION};

const SETTINGS: &str = "/etc/countersign/countersign.toml";
const DATA: &str = "/var/lib/countersign";
const MASTER_KEY: &str = "/var/lib/countersign/master.key";
const BINARY: &str = "/usr/bin/countersign";
/// The version of the package that is upgraded to.
const NEWER: &str = "99.0.0-1";
/// A line of the operator in the settings.
const CHANGE: &str = "log = \"warn\"\n";

/// Tests the package in a chroot.
///
/// # Errors
/// Returns a message that says what is wrong.
pub fn test(deb: &Path) -> Result {
    let chroot = Chroot::create()?;
    place::copy(deb, &chroot.path("/root/countersign.deb"))?;
    make_newer(deb, &chroot.path("/root/newer.deb"))?;
    install(&chroot)?;
    let key = first_run(&chroot)?;
    upgrade(&chroot, &key)?;
    remove(&chroot, &key)?;
    println!("\nThe package is installed, upgraded, removed and purged as it should be.");
    Ok(())
}

/// Makes the same package with a higher version and other settings.
fn make_newer(deb: &Path, newer: &Path) -> Result {
    let folder = place::staging().join("newer");
    run(Command::new("dpkg-deb").arg("--raw-extract").arg(deb).arg(&folder))?;
    let control = folder.join("DEBIAN/control");
    let fields = read(&control)?;
    let with_version = fields.lines().map(|line| {
        if line.starts_with("Version: ") { format!("Version: {NEWER}") } else { line.to_owned() }
    });
    place::write(&control, &format!("{}\n", with_version.collect::<Vec<_>>().join("\n")))?;
    let settings = folder.join(SETTINGS.trim_start_matches('/'));
    place::write(&settings, &format!("{}# Changed by the newer package.\n", read(&settings)?))?;
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "-Zgzip", "-z1", "--build"]);
    run(build.arg(&folder).arg(newer))
}

fn install(chroot: &Chroot) -> Result {
    apt(chroot, &["install", "/root/countersign.deb"])?;
    let version = chroot.output(&["countersign", "--version"])?;
    ensure(version == format!("countersign {VERSION}"), &format!("the version is `{version}`"))?;
    for (path, expected) in [
        (DATA, "countersign countersign 700"),
        (SETTINGS, "root countersign 640"),
        ("/etc/countersign", "root countersign 750"),
    ] {
        let found = chroot.output(&["stat", "--format=%U %G %a", path])?;
        ensure(found == expected, &format!("{path} is `{found}`, and not `{expected}`"))?;
    }
    let is_enabled = |unit: &str| chroot.path("/etc/systemd/system").join(unit).is_symlink();
    ensure(is_enabled("multi-user.target.wants/countersign.service"), "the service is not enabled")?;
    for socket in ["countersign-https.socket", "countersign-redirect.socket"] {
        let unit = chroot.path("/usr/lib/systemd/system").join(socket);
        ensure(unit.is_file(), &format!("{socket} is missing"))?;
        ensure(!is_enabled(&format!("sockets.target.wants/{socket}")), &format!("{socket} is enabled"))?;
    }
    Ok(())
}

/// Runs the server, fills it, and returns the master key.
fn first_run(chroot: &Chroot) -> Result<String> {
    let server = Server::start(chroot)?;
    let user = chroot.output(&["id", "--user", "countersign"])?;
    let owner =
        std::fs::metadata(format!("/proc/{}", server.id())).map(|metadata| metadata.uid().to_string());
    ensure(owner.is_ok_and(|owner| owner == user), "the server does not run as the user countersign")?;
    chroot.run(&["sh", "-c", "echo 'correct horse battery' | countersign-admin user add --email you@example.com --name You --account Shop --password-stdin"])?;
    chroot.run(&[
        "countersign-admin",
        "product",
        "create",
        "--account",
        "shop",
        "--name",
        "Plug-in",
        "--slug",
        "plug-in",
    ])?;
    let mut doctor = chroot.command(&["countersign-admin", "doctor"]);
    let doctor = doctor.env("COUNTERSIGN_LISTEN", &server.listen).stdin(Stdio::null()).status();
    // 1 is for warnings, 2 for errors.
    ensure(
        doctor.is_ok_and(|status| matches!(status.code(), Some(0 | 1))),
        "`countersign-admin doctor` finds errors",
    )?;
    server.stop()?;
    read(&chroot.path(MASTER_KEY))
}

/// Upgrades, with settings that both the operator and the newer package have changed.
fn upgrade(chroot: &Chroot, key: &str) -> Result {
    let settings = chroot.path(SETTINGS);
    let changed = format!("{}{CHANGE}", read(&settings)?);
    place::write(&settings, &changed)?;
    apt(chroot, &["install", "-o", "Dpkg::Options::=--force-confold", "/root/newer.deb"])?;
    let version = chroot.output(&["dpkg-query", "--show", "--showformat=${Version}", "countersign"])?;
    ensure(version == NEWER, &format!("the version after the upgrade is {version}"))?;
    ensure(read(&settings)? == changed, "the upgrade changes the settings")?;
    let mode = chroot.output(&["stat", "--format=%U %G %a", SETTINGS])?;
    ensure(mode == "root countersign 640", &format!("the upgrade makes the settings `{mode}`"))?;
    expect_data(chroot, key)
}

/// Removes, purges, installs again and purges without data.
fn remove(chroot: &Chroot, key: &str) -> Result {
    apt(chroot, &["remove", "countersign"])?;
    ensure(!chroot.path(BINARY).exists(), "the binary is left after a removal")?;
    ensure(read(&chroot.path(SETTINGS))?.ends_with(CHANGE), "a removal changes the settings")?;
    ensure(read(&chroot.path(MASTER_KEY))? == key, "a removal changes the master key")?;
    apt(chroot, &["purge", "countersign"])?;
    ensure(!chroot.path(SETTINGS).exists(), "the settings are left after a purge")?;
    ensure(read(&chroot.path(MASTER_KEY))? == key, "a purge changes the master key")?;
    apt(chroot, &["install", "/root/countersign.deb"])?;
    expect_data(chroot, key)?;
    chroot.run(&["rm", "-r", DATA])?;
    apt(chroot, &["purge", "countersign"])?;
    let users = read(&chroot.path("/etc/passwd"))?;
    ensure(!users.contains("countersign:"), "the user is left after a purge without data")
}

/// Checks that the server runs with the data of the first run.
fn expect_data(chroot: &Chroot, key: &str) -> Result {
    ensure(read(&chroot.path(MASTER_KEY))? == key, "the master key has changed")?;
    let server = Server::start(chroot)?;
    let products = chroot.output(&["countersign-admin", "product", "list", "--account", "shop"])?;
    ensure(products.contains("plug-in"), "the product is missing")?;
    server.stop()
}

fn apt(chroot: &Chroot, words: &[&str]) -> Result {
    chroot.run(&[&["apt-get", "--yes", "--quiet"][..], words].concat())
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|e| format!("{} can't be read: {e}.", file.display()))
}

fn ensure(holds: bool, fault: &str) -> Result {
    if holds { Ok(()) } else { Err(format!("The Debian package is wrong: {fault}.")) }
}
