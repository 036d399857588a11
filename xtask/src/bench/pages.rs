//! The dashboard's pages.

use super::process::send_request;
use super::scenarios::{BenchContext, product_id};
use super::{bare, get, load};
use crate::cmd::Result;

/// Pages of a seller who is signed in.
///
/// # Errors
/// When one is refused.
pub fn measure_pages(context: &mut BenchContext<'_>, key_of_many: &str) -> Result {
    let BenchContext { fixture, server_process, base, time, measurement, .. } = *context;
    let headers = session_headers(context)?;
    let deep = fixture.keys.len() / 2;
    let tail = fixture.keys[deep].0.rsplit('-').next().unwrap_or_default().to_owned();
    let pages = [
        ("overview", "/".to_owned()),
        ("licenses", "/licenses".to_owned()),
        ("licenses, suspended, oldest first", "/licenses?standing=suspended&sort=oldest".to_owned()),
        ("licenses, expiring next", "/licenses?sort=expiry".to_owned()),
        ("licenses in force, oldest first", "/licenses?standing=active&sort=oldest".to_owned()),
        (
            "licenses of a product, expiring next",
            format!("/licenses?sort=expiry&product={}", product_id(context)?),
        ),
        ("a license", format!("/licenses/{}", license_id(context, &fixture.keys[deep].0)?)),
        ("a license of many machines", format!("/licenses/{}", license_id(context, key_of_many)?)),
        ("search by a name", "/licenses?q=maple".to_owned()),
        (
            "search by a name, suspended, expiring next",
            "/licenses?q=maple&standing=suspended&sort=expiry".to_owned(),
        ),
        ("search by a tail", format!("/licenses?q={tail}")),
        ("search by a domain", format!("/licenses?q={}", fixture.keys[deep].1)),
    ];
    for (name, path) in pages {
        let reference = bare(base.address, time / 4)?;
        let one = load::run(server_process.address, 1, time / 2, |out| {
            get(out, &path, &headers);
            true
        })?;
        if one.non_success > 0 {
            return Err(format!("{path}: {} refusals", one.non_success));
        }
        let name = format!("page: {name} ({} kB)", one.bytes / 1000);
        context.add(measurement(&name).with_connections(1).with_result(&one, &reference));
    }
    Ok(())
}

/// What a browser sends once somebody is signed in.
fn session_headers(context: &BenchContext<'_>) -> Result<String> {
    let form = format!(
        "email={}&password={}&next=",
        context.fixture.email.replace('@', "%40"),
        context.fixture.password
    );
    let (head, _) = send_request(
        context.server_process.address,
        &format!(
            "POST /_fn/sign_in HTTP/1.1\r\nHost: bench\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    )?;
    let cookie = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .find(|value| value.starts_with("countersign_session"))
        .ok_or_else(|| format!("The sign-in failed: {head}"))?
        .to_owned();
    Ok(format!("Accept: text/html\r\nCookie: {cookie}\r\n"))
}

/// The id of a license.
fn license_id(context: &BenchContext<'_>, key: &str) -> Result<String> {
    let license = context.fixture.command(context.server, &["license", "show", key])?;
    Ok(license["id"].as_str().unwrap_or_default().to_owned())
}
