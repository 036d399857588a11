//! The dashboard's files: wasm with its loader, the style, the icon, each also
//! compressed, and a hash over all of them that becomes part of their URL.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::cmd::{Result, cargo, output, program, run, target_dir, workspace_root};

const WASM: &str = "wasm32-unknown-unknown";

/// Builds `target/site`.
pub fn build(release: bool) -> Result {
    ensure_target()?;
    let profile = if release { "wasm-release" } else { "wasm-dev" };
    run(cargo().args(["build", "--package", "frontend", "--target", WASM, "--profile", profile]))?;
    let site = workspace_root().join("target/site");
    let fresh = workspace_root().join("target/site.new");
    let _ = fs::remove_dir_all(&fresh);
    let pkg = fresh.join("pkg");
    fs::create_dir_all(&pkg).map_err(|e| format!("{} can't be made: {e}.", pkg.display()))?;
    bindgen(&target_dir().join(WASM).join(profile).join("frontend.wasm"), &pkg)?;
    style(&pkg)?;
    finish(&fresh, release).map_err(|e| format!("The files of the dashboard can't be written: {e}."))?;
    let _ = fs::remove_dir_all(&site);
    fs::rename(&fresh, &site).map_err(|e| format!("{} can't be replaced: {e}.", site.display()))
}

/// Installs the wasm target where rustup did not do so by itself.
pub fn ensure_target() -> Result {
    let installed = output(program("rustup").args(["target", "list", "--installed"]));
    match installed {
        Some(list) if list.lines().any(|line| line == WASM) => Ok(()),
        Some(_) => run(program("rustup").args(["target", "add", WASM])),
        // A toolchain from elsewhere: cargo will say what is missing.
        None => Ok(()),
    }
}

fn bindgen(wasm: &Path, pkg: &Path) -> Result {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name("countersign").typescript(false);
    bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate(pkg))
        .map_err(|e| format!("wasm-bindgen failed: {e:#}."))
}

fn style(pkg: &Path) -> Result {
    let files = FileProvider::new();
    let entry = workspace_root().join("style/main.css");
    let failed = |e: String| format!("The style can't be bundled: {e}.");
    let mut sheet = Bundler::new(&files, None, ParserOptions::default())
        .bundle(&entry)
        .map_err(|e| failed(e.to_string()))?;
    sheet.minify(MinifyOptions::default()).map_err(|e| failed(e.to_string()))?;
    let options = PrinterOptions { minify: true, ..PrinterOptions::default() };
    let css = sheet.to_css(options).map_err(|e| failed(e.to_string()))?;
    fs::write(pkg.join("countersign.css"), css.code).map_err(|e| failed(e.to_string()))
}

/// Copies the assets, compresses everything and writes the hash.
fn finish(site: &Path, release: bool) -> std::io::Result<()> {
    let pkg = site.join("pkg");
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
        let named = |suffix: &str| {
            let mut name = file.clone().into_os_string();
            name.push(suffix);
            name
        };
        fs::write(named(".br"), brotli(&bytes, if release { 11 } else { 1 })?)?;
        fs::write(named(".gz"), gzip(&bytes, if release { 9 } else { 1 })?)?;
    }
    let digest = hash.finalize();
    let hash = digest.iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    fs::write(site.join("hash.txt"), hash)
}

fn brotli(bytes: &[u8], quality: u32) -> std::io::Result<Vec<u8>> {
    let mut out = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, quality, 22);
    out.write_all(bytes)?;
    Ok(out.into_inner())
}

fn gzip(bytes: &[u8], level: u32) -> std::io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::new(level));
    out.write_all(bytes)?;
    out.finish()
}
