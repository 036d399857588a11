//! Scenarios of the dashboard's pages.

use super::context::BenchContext;
use super::request::write_get;
use super::scenarios::product_id;
use super::session::Session;
use crate::cmd::Result;

/// Measures pages of a signed-in seller. `key_of_many` is the key of a license with many machines.
///
/// # Errors
/// Returns a message if a page is answered with a status other than 2xx.
pub fn measure_pages(context: &mut BenchContext<'_>, key_of_many: &str) -> Result {
    let headers = Session::sign_in(context)?.page_headers();
    let fixture = context.fixture;
    let deep = fixture.keys.len() / 2;
    let tail = fixture.keys[deep].0.rsplit('-').next().unwrap_or_default().to_owned();
    let pages = [
        ("overview", "/".to_owned()),
        ("licenses", "/licenses".to_owned()),
        ("licenses, suspended, oldest first", "/licenses?standing=suspended&sort=oldest".to_owned()),
        ("licenses, expiring next", "/licenses?sort=expiry".to_owned()),
        ("licenses, active, oldest first", "/licenses?standing=active&sort=oldest".to_owned()),
        (
            "licenses of a product, expiring next",
            format!("/licenses?sort=expiry&product={}", product_id(context)?),
        ),
        ("a license", format!("/licenses/{}", license_id(context, &fixture.keys[deep].0)?)),
        ("a license with many machines", format!("/licenses/{}", license_id(context, key_of_many)?)),
        ("search by name", "/licenses?q=maple".to_owned()),
        (
            "search by name, suspended, expiring next",
            "/licenses?q=maple&standing=suspended&sort=expiry".to_owned(),
        ),
        ("search by the end of a key", format!("/licenses?q={tail}")),
        ("search by domain", format!("/licenses?q={}", fixture.keys[deep].1)),
    ];
    for (name, path) in pages {
        let reference = context.baseline.measure(context.time / 4)?;
        let result = context.load(1, context.time / 2, |out| write_get(out, &path, &headers))?;
        if result.non_success > 0 {
            return Err(format!("{path}: {} responses with a status other than 2xx.", result.non_success));
        }
        let name = format!("page: {name} ({} kB)", result.body_bytes / 1000);
        let measurement = context.measurement(&name).with_connections(1);
        context.report.add(measurement.with_result(&result, &reference));
    }
    Ok(())
}

/// Returns the id of a license.
fn license_id(context: &BenchContext<'_>, key: &str) -> Result<String> {
    let license = context.fixture.command(context.server, &["license", "show", key])?;
    Ok(license["id"].as_str().unwrap_or_default().to_owned())
}
