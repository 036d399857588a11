//! Scenarios of bulk work: an export, imports and bulk jobs, alone and beside verifications.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::bulk_work::{export, import, run_bulk_job};
use super::config::{CONNECTIONS, MAX_BULK_TIME};
use super::context::BenchContext;
use super::import_form::{ImportForm, ImportForms};
use super::load::{self, LoadResult};
use super::parallel::run_beside;
use super::request::write_verify;
use super::scenarios::product_id;
use super::session::Session;
use crate::cmd::Result;

/// Rows of the smallest import. The time of a smaller one is mostly the time of its requests.
const MIN_IMPORT_ROWS: usize = 1_000;
/// Rows of the largest file that the server accepts.
const MAX_IMPORT_ROWS: usize = 2_000_000;
/// Licenses of the largest bulk job.
const MAX_JOB_LICENSES: usize = 100_000;
/// Connections of the verifications beside other work: a server with idle times, and a server at full load.
const VERIFY_CONNECTIONS: [usize; 2] = [1, CONNECTIONS];
/// Slug of the account that `countersign demo` creates.
const ACCOUNT: &str = "northwind-software";

/// Measures an export of all licenses, an import of the same number, and a bulk job, each alone. Returns the
/// product whose licenses the bulk job has suspended.
pub fn measure_bulk_work(context: &mut BenchContext<'_>) -> Result<String> {
    let session = Session::sign_in(context)?;
    measure_export(context, &session)?;
    let mut forms = ImportForms::new(0x1337);
    let rows = context.licenses.clamp(MIN_IMPORT_ROWS, MAX_IMPORT_ROWS);
    let form = forms.form(&product_id(context)?, &session.form_token()?, rows);
    measure_import(context, &session, &form)?;
    drop(form);
    let product = create_product(context, "bulk")?;
    let licenses = job_licenses(context);
    let form = forms.form(&product, &session.form_token()?, licenses);
    import(&session, &form)?;
    let time = run_bulk_job(&session, &product, "suspend", licenses)?;
    context.add_time(&format!("bulk job, suspend {licenses} licenses"), licenses, time);
    Ok(product)
}

/// Measures imports and bulk jobs beside verifications. The jobs change the licenses of `product`.
pub fn measure_bulk_work_beside_verify(context: &mut BenchContext<'_>, product: &str) -> Result {
    let session = Session::sign_in(context)?;
    let mut forms = ImportForms::new(0x7331);
    let licenses = job_licenses(context);
    let rows = licenses / VERIFY_CONNECTIONS.len();
    let target = create_product(context, "bulk-beside-verify")?;
    for connections in VERIFY_CONNECTIONS {
        let form = forms.form(&target, &session.form_token()?, rows);
        let times = measure_beside_verify(context, connections, "an import", || import(&session, &form))?;
        let scenario = format!("import, {rows} rows, beside verify on {connections} connections");
        context.add_time(&scenario, rows, times.total);
    }
    for (connections, verb) in VERIFY_CONNECTIONS.into_iter().zip(["reinstate", "suspend"]) {
        let time = measure_beside_verify(context, connections, "a bulk job", || {
            run_bulk_job(&session, product, verb, licenses)
        })?;
        let scenario =
            format!("bulk job, {verb} {licenses} licenses, beside verify on {connections} connections");
        context.add_time(&scenario, licenses, time);
    }
    Ok(())
}

/// Creates a product, so that a bulk job selects an exact number of licenses. Returns its id.
fn create_product(context: &BenchContext<'_>, slug: &str) -> Result<String> {
    let create = ["product", "create", "--account", ACCOUNT, "--name", slug, "--slug", slug];
    let created = context.fixture.command(context.server, &create)?;
    Ok(created["id"].as_str().unwrap_or_default().to_owned())
}

/// Returns the number of licenses that a bulk job changes.
fn job_licenses(context: &BenchContext<'_>) -> usize {
    context.licenses.clamp(MIN_IMPORT_ROWS, MAX_JOB_LICENSES)
}

/// Measures an export with keys.
fn measure_export(context: &mut BenchContext<'_>, session: &Session) -> Result {
    let (exported, growth) = context.process.with_memory_growth(|| export(session))?;
    let (licenses, time) = exported?;
    if licenses < context.licenses {
        return Err(format!("The export is incomplete: {licenses} of {} licenses.", context.licenses));
    }
    context.add_time("export with keys, all licenses", licenses, time);
    context.add_value("export with keys, all licenses: growth of anonymous memory, MiB", growth);
    Ok(())
}

/// Measures an import alone.
fn measure_import(context: &mut BenchContext<'_>, session: &Session, form: &ImportForm) -> Result {
    let (times, growth) = context.process.with_memory_growth(|| import(session, form))?;
    let times = times?;
    let scenario = format!("import, {} rows", form.rows);
    context.add_time(&scenario, form.rows, times.total);
    context.add_value(&format!("{scenario}: its check alone, s"), times.check.as_secs_f64());
    context.add_value(&format!("{scenario}: growth of anonymous memory, MiB"), growth);
    Ok(())
}

/// Measures verifications before and during `work`. `name` names it in the report.
fn measure_beside_verify<T>(
    context: &mut BenchContext<'_>,
    connections: usize,
    name: &str,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let (process, fixture) = (context.process, context.fixture);
    let verify = |time: Duration, is_done: &AtomicBool| -> Result<LoadResult> {
        // 1,000 keys, so that all of them are in the license cache.
        let keys = &fixture.keys[..fixture.keys.len().min(1000)];
        let mut n = 0;
        load::run(process.address, connections, time, |out| {
            n += 1;
            write_verify(out, &keys[n % keys.len()]);
            !is_done.load(Ordering::Relaxed)
        })
    };
    let never = AtomicBool::new(false);
    verify(context.time, &never)?;
    let before = verify(context.time, &never)?;
    let (outcome, during) = run_beside(work, |is_done| verify(MAX_BULK_TIME, is_done))?;
    let (outcome, during) = (outcome?, during?);
    for (scenario, result) in [
        (format!("verify, 1,000 keys, before {name}"), &before),
        (format!("verify, 1,000 keys, during {name} (ratio to before)"), &during),
    ] {
        let measurement = context.measurement(&scenario).with_connections(connections);
        context.report.add(measurement.with_result(result, &before));
    }
    let ratio = f64::from(during.p99_us) / f64::from(before.p99_us.max(1));
    let scenario = format!("verify during {name} on {connections} connections: p99 divided by p99 before");
    context.add_value(&scenario, ratio);
    Ok(outcome)
}
