//! Build of the dashboard's files: WebAssembly with its loader, CSS and assets. Each file is also compressed,
//! and a hash of all files becomes part of their URL.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::cmd::{Result, cargo, output, program, run, target_dir, workspace_root};
use crate::scripts;

const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Maximum size of scripts and WebAssembly of a first page load, in compressed bytes.
const MAX_SCRIPT_BYTES: u64 = 150_000;

/// Builds the files in `target/site`.
pub fn build(release: bool) -> Result {
    ensure_wasm_target()?;
    // The profile of the server, so that both builds share the compiled macros and build scripts.
    let (profile, folder) = if release { ("wasm-release", "wasm-release") } else { ("dev", "debug") };
    run(cargo().args(["build", "--package", "frontend", "--target", WASM_TARGET, "--profile", profile]))?;
    let site_dir = workspace_root().join("target/site");
    let staging = workspace_root().join("target/site.new");
    let _ = fs::remove_dir_all(&staging);
    let pkg = staging.join("pkg");
    fs::create_dir_all(&pkg).map_err(|e| format!("{} can't be created: {e}.", pkg.display()))?;
    run_bindgen(&target_dir().join(WASM_TARGET).join(folder).join("frontend.wasm"), &pkg)?;
    bundle_css(&pkg)?;
    scripts::bundle(&pkg, release)?;
    compress_and_hash(&staging, release)
        .map_err(|e| format!("The dashboard's files can't be written: {e}."))?;
    check_budget(&staging, release)?;
    let _ = fs::remove_dir_all(&site_dir);
    fs::rename(&staging, &site_dir).map_err(|e| format!("{} can't be replaced: {e}.", site_dir.display()))
}

/// Installs the WebAssembly target if rustup has not installed it.
pub fn ensure_wasm_target() -> Result {
    let installed = output(program("rustup").args(["target", "list", "--installed"]));
    match installed {
        Some(list) if list.lines().any(|line| line == WASM_TARGET) => Ok(()),
        Some(_) => run(program("rustup").args(["target", "add", WASM_TARGET])),
        // Without rustup: cargo reports a missing target.
        None => Ok(()),
    }
}

fn run_bindgen(wasm: &Path, pkg: &Path) -> Result {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name("countersign").typescript(false);
    bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate(pkg))
        .map_err(|e| format!("wasm-bindgen failed: {e:#}."))
}

/// Joins the style sheets in the order of the imports in `main.css`. They are not minified: after
/// compression that saves less than a kilobyte, and a minifier costs minutes of a first build.
fn bundle_css(pkg: &Path) -> Result {
    let folder = workspace_root().join("style");
    let read = |name: &str| {
        let file = folder.join(name);
        fs::read_to_string(&file).map_err(|e| format!("{} can't be read: {e}.", file.display()))
    };
    let entry = read("main.css")?;
    let imports = entry.lines().filter_map(|line| line.strip_prefix("@import \"./")?.strip_suffix("\";"));
    let sheets: Vec<String> = imports.map(read).collect::<Result<_>>()?;
    let bundle = pkg.join("countersign.css");
    fs::write(&bundle, sheets.concat()).map_err(|e| format!("{} can't be written: {e}.", bundle.display()))
}

/// Copies the assets, compresses all files and writes the hash.
fn compress_and_hash(site_dir: &Path, release: bool) -> std::io::Result<()> {
    let pkg = site_dir.join("pkg");
    for asset in fs::read_dir(workspace_root().join("style/assets"))? {
        let asset = asset?;
        fs::copy(asset.path(), pkg.join(asset.file_name()))?;
    }
    let mut files: Vec<_> =
        fs::read_dir(&pkg)?.collect::<Result<Vec<_>, _>>()?.iter().map(fs::DirEntry::path).collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let bytes = fs::read(&file)?;
        hash.update(file.file_name().unwrap_or_default().as_encoded_bytes());
        hash.update(&bytes);
        let with_suffix = |suffix: &str| {
            let mut name = file.clone().into_os_string();
            name.push(suffix);
            name
        };
        fs::write(with_suffix(".br"), compress_brotli(&bytes, if release { 11 } else { 1 })?)?;
        fs::write(with_suffix(".gz"), compress_gzip(&bytes, if release { 9 } else { 1 })?)?;
    }
    let digest = hash.finalize();
    let hash = digest.iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    fs::write(site_dir.join("hash.txt"), hash)
}

/// Prints what a first page load costs in a release, and checks it.
fn check_budget(site_dir: &Path, release: bool) -> Result {
    if !release {
        return Ok(());
    }
    let size =
        |name: &str| fs::metadata(site_dir.join("pkg").join(name)).map_or(0, |metadata| metadata.len());
    // Without Node.js the scripts are not bundled.
    let scripts = ["pages.js.br", "islands.js.br", "live.js.br", "live_stream.js.br"].map(size);
    let bytes: u64 = ["countersign_bg.wasm.br", "countersign.js.br"].map(size).iter().chain(&scripts).sum();
    println!("\nScripts and WebAssembly of a first page load: {} kB, compressed.", bytes.div_ceil(1000));
    if bytes <= MAX_SCRIPT_BYTES {
        return Ok(());
    }
    Err(format!("Scripts and WebAssembly exceed the budget of {} kB.", MAX_SCRIPT_BYTES / 1000))
}

fn compress_brotli(bytes: &[u8], quality: u32) -> std::io::Result<Vec<u8>> {
    let mut out = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, quality, 22);
    out.write_all(bytes)?;
    Ok(out.into_inner())
}

fn compress_gzip(bytes: &[u8], level: u32) -> std::io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::new(level));
    out.write_all(bytes)?;
    out.finish()
}
