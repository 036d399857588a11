//! `cargo xtask test`: Rust on SQLite and PostgreSQL, then the browser.

use crate::cmd::{Result, cargo, program, run, which, workspace_root};
use crate::postgres::Cluster;
use crate::{browser, schemathesis, serve};

/// All tests, or a part of them.
pub fn test(args: &[String]) -> Result {
    let (skipped, args) = match args {
        [flag, part, rest @ ..] if flag == "--skip" => (Some(part.as_str()), rest),
        all => (None, all),
    };
    let part = args.first().map(String::as_str);
    if !matches!(part, None | Some("rust" | "e2e" | "schema")) || !matches!(skipped, None | Some("schema")) {
        return Err(
            "Say `cargo xtask test`, one of `rust`, `e2e`, `schema` after it, or `--skip schema`.".into()
        );
    }
    let includes = |name: &str| part.is_none_or(|part| part == name) && skipped != Some(name);
    // First, so that the tests find a server with its pages.
    let server = serve::build_server(false)?;
    if includes("rust") {
        let cluster = Cluster::start()?;
        let mut tests = cargo();
        tests.args(["test", "--workspace", "--exclude", "frontend", "--exclude", "xtask", "--no-fail-fast"]);
        tests.args(args.iter().skip(1));
        cluster.set_environment(&mut tests);
        run(&mut tests)?;
    }
    if includes("schema") {
        schemathesis::test(&server)?;
    } else if skipped.is_some() {
        println!("\nNot run: the requests generated from the API's document (--skip schema).");
    }
    if includes("e2e") {
        run_end2end(&server, args.get(1..).unwrap_or_default())?;
    }
    println!("\nAll tests passed.");
    Ok(())
}

fn run_end2end(server: &std::path::Path, args: &[String]) -> Result {
    if which("npm").is_none() {
        return Err(
            "The browser tests need Node.js with npm (20 or newer), and npm is not on the PATH.".into()
        );
    }
    let lock = workspace_root().join("end2end/package-lock.json");
    let stamp = workspace_root().join("end2end/node_modules/.package-lock.json");
    let is_newer = |a: &std::path::Path, b: &std::path::Path| {
        let time = |p: &std::path::Path| p.metadata().and_then(|m| m.modified()).ok();
        time(a) > time(b)
    };
    if is_newer(&lock, &stamp) {
        // Browsers come from elsewhere; see `browser`.
        let mut install = program("npm");
        install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        run(install.args(["--prefix", "end2end", "ci", "--no-audit", "--no-fund"]))?;
    }
    let mut tests = program(workspace_root().join("end2end/node_modules/.bin/playwright"));
    tests.current_dir(workspace_root().join("end2end")).arg("test").args(args);
    tests.env("COUNTERSIGN_TEST_BINARY", server);
    if let Some(browser) = browser::find()? {
        tests.env("COUNTERSIGN_TEST_BROWSER", browser);
    }
    run(&mut tests)
}
