//! `cargo xtask test`: Rust on SQLite and PostgreSQL, then the browser.

use crate::postgres::Cluster;
use crate::run::{Done, cargo, program, root, run, which};
use crate::{browser, serve};

/// All tests, or one half of them.
pub fn test(args: &[String]) -> Done {
    let half = args.first().map(String::as_str);
    if !matches!(half, None | Some("rust" | "e2e")) {
        return Err("Say `cargo xtask test`, `cargo xtask test rust` or `cargo xtask test e2e`.".into());
    }
    // First, so that the tests find a server with its pages.
    let server = serve::server(false)?;
    if half != Some("e2e") {
        let cluster = Cluster::start()?;
        let mut tests = cargo();
        tests.args(["test", "--workspace", "--exclude", "frontend", "--exclude", "xtask", "--no-fail-fast"]);
        tests.args(args.iter().skip(1));
        run(tests.env("COUNTERSIGN_TEST_POSTGRES", cluster.url()))?;
    }
    if half != Some("rust") {
        end2end(&server, args.get(1..).unwrap_or_default())?;
    }
    println!("\nAll tests passed.");
    Ok(())
}

fn end2end(server: &std::path::Path, args: &[String]) -> Done {
    if which("npm").is_none() {
        return Err(
            "The browser tests need Node.js with npm (20 or newer), and npm is not on the PATH.".into()
        );
    }
    let lock = root().join("end2end/package-lock.json");
    let stamp = root().join("end2end/node_modules/.package-lock.json");
    let newer = |a: &std::path::Path, b: &std::path::Path| {
        let time = |p: &std::path::Path| p.metadata().and_then(|m| m.modified()).ok();
        time(a) > time(b)
    };
    if newer(&lock, &stamp) {
        // Browsers come from elsewhere; see `browser`.
        let mut install = program("npm");
        install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        run(install.args(["--prefix", "end2end", "ci", "--no-audit", "--no-fund"]))?;
    }
    let mut tests = program(root().join("end2end/node_modules/.bin/playwright"));
    tests.current_dir(root().join("end2end")).arg("test").args(args);
    tests.env("COUNTERSIGN_TEST_BINARY", server);
    if let Some(browser) = browser::find()? {
        tests.env("COUNTERSIGN_TEST_BROWSER", browser);
    }
    run(&mut tests)
}
