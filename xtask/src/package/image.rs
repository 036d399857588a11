//! The container image, by buildah without a daemon: the steps of `packaging/Containerfile` on the C library of this
//! machine, by which the binary was linked.

use std::path::PathBuf;
use std::process::Command;

use super::place::{self, VERSION};
use super::tool;
use crate::cmd::{Result, is_root, output, program, run};

/// Debian's packages of the base: the C library and an empty system. Their list is part of the image for scanners.
const BASE_PACKAGES: [&str; 3] = ["base-files", "libc6", "libgcc-s1"];
const BASE: &str = "localhost/countersign-base";

/// Builds the image of the staged binary and returns its archive. Says so if buildah can't be used.
///
/// # Errors
/// Returns a message if a step fails.
pub fn build() -> Result<Option<PathBuf>> {
    if !is_root() {
        println!("\nNo image is built: that needs root. `packaging/Containerfile` is for other tools.");
        return Ok(None);
    }
    if let Err(reason) = tool::of_debian("buildah", "buildah") {
        println!("\nNo image is built. {reason}");
        return Ok(None);
    }
    build_base()?;
    let image = format!("localhost/countersign:{VERSION}");
    build_image(&image)?;
    run_once(&image)?;
    write_archive(&image).map(Some)
}

/// Makes the base from packages of this machine's release of Debian.
fn build_base() -> Result {
    let (downloads, root) = (place::staging().join("downloads"), place::staging().join("base"));
    place::create_folder(&downloads)?;
    let list = root.join("var/lib/dpkg/status.d");
    place::create_folder(&list)?;
    let mut download = Command::new("apt-get");
    download.args(["download", "-q", "-o", "APT::Sandbox::User=root"]).args(BASE_PACKAGES);
    run(download.current_dir(&downloads))?;
    let failed = |e: std::io::Error| format!("{} can't be read: {e}.", downloads.display());
    for entry in std::fs::read_dir(&downloads).map_err(failed)? {
        let package = entry.map_err(failed)?.path();
        run(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(&root))?;
        let field =
            |name: Option<&str>| output(Command::new("dpkg-deb").arg("--field").arg(&package).args(name));
        let (Some(name), Some(fields)) = (field(Some("Package")), field(None)) else {
            return Err(format!("{} is no Debian package.", package.display()));
        };
        place::write(&list.join(name), &format!("{fields}\n"))?;
    }
    let container = output(buildah().args(["from", "scratch"])).ok_or("`buildah from scratch` failed.")?;
    run(buildah().args(["add", "--quiet", &container]).arg(&root).arg("/"))?;
    run(buildah().args(["commit", "--quiet", "--rm", &container, BASE]))
}

/// Runs the steps of the Containerfile.
fn build_image(image: &str) -> Result {
    let context = place::staging().join("image");
    place::create_folder(&context.join("data"))?;
    place::copy(&place::binary(), &context.join("countersign"))?;
    let mut build = buildah();
    build.args(["build", "--quiet", "--isolation", "chroot", "--format", "oci", "--pull-never"]);
    build.args(["--build-arg", &format!("BASE={BASE}"), "--file", "packaging/Containerfile", "--tag", image]);
    run(build.arg(context))
}

/// Runs the binary in the image, which shows that its libraries are there.
fn run_once(image: &str) -> Result {
    let container = output(buildah().args(["from", "--pull-never", image]))
        .ok_or_else(|| format!("`buildah from {image}` failed."))?;
    run(buildah().args([
        "run",
        "--isolation",
        "chroot",
        &container,
        "--",
        "/usr/bin/countersign",
        "--version",
    ]))?;
    run(buildah().args(["rm", &container]))
}

/// Writes the image's layout, and an archive of it that `podman load` reads.
fn write_archive(image: &str) -> Result<PathBuf> {
    let name = format!("countersign_{VERSION}_{}", place::architecture()?);
    let layout = place::folder().join(format!("{name}.oci"));
    run(buildah().args(["push", "--quiet", image, &format!("oci:{}:{image}", layout.display())]))?;
    let archive = place::folder().join(format!("{name}.oci.tar"));
    let mut tar = Command::new("tar");
    tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--create", "--file"]);
    run(tar.arg(&archive).arg("--directory").arg(&layout).arg("."))?;
    Ok(archive)
}

/// Returns buildah with a store of its own, which needs no mounts.
fn buildah() -> Command {
    let staging = place::staging();
    let mut buildah = program("buildah");
    buildah.arg("--root").arg(staging.join("images")).arg("--runroot").arg(staging.join("run"));
    buildah.args(["--storage-driver", "vfs"]);
    buildah
}
