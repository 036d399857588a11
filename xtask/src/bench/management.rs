//! Scenarios of the management API: creations of licenses, and lists.

use serde_json::Value;

use super::context::BenchContext;
use super::load::LoadResult;
use super::management_client::ManagementClient;
use super::request::write_get;
use super::scenarios::product_id;
use crate::cmd::Result;

/// Licenses of one bulk request.
const BULK: usize = 100;

/// Measures creations, one and 100 at a time, and lists.
pub fn measure_management(context: &mut BenchContext<'_>) -> Result {
    let client = ManagementClient::new(context)?;
    let product = product_id(context)?;
    measure_lists(context, &client, &product)?;
    let headers = client.header();
    let license = format!(r#"{{"productId":"{product}","metadata":[{{"key":"order_id","value":"SO-1"}}]}}"#);
    let baseline = |context: &BenchContext<'_>| context.baseline.measure(context.time);
    context.measure_rounds("POST /v3/licenses", baseline, |out| {
        write_create(out, "/v3/licenses", &headers, &license);
    })?;
    let bulk = format!(r#"{{"licenses":[{}]}}"#, vec![license; BULK].join(","));
    context.measure_rounds("POST /v3/licenses/bulk, 100 licenses", baseline, |out| {
        write_create(out, "/v3/licenses/bulk", &headers, &bulk);
    })
}

/// Measures lists by one connection: their latency is the time of the server.
fn measure_lists(context: &mut BenchContext<'_>, client: &ManagementClient, product: &str) -> Result {
    let headers = client.header();
    for (name, path) in lists(context, client, product)? {
        let reference = context.baseline.measure(context.time / 4)?;
        let result = context.load(1, context.time / 2, |out| write_get(out, &path, &headers))?;
        refuse_failures(&path, &result)?;
        let measurement = context.measurement(&format!("list: {name}")).with_connections(1);
        context.report.add(measurement.with_result(&result, &reference));
    }
    Ok(())
}

/// Returns lists with their names. A license in the middle of the table gives the values.
fn lists(
    context: &BenchContext<'_>,
    client: &ManagementClient,
    product: &str,
) -> Result<Vec<(&'static str, String)>> {
    let keys = &context.fixture.keys;
    let (key, domain) = &keys[keys.len() / 2];
    let license = client.get(&format!("/licenses/{key}"))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (id, user) = (text(&license["id"]), text(&license["userId"]));
    let email = text(&license["user"]["email"]);
    Ok(vec![
        ("licenses", "/v3/licenses".to_owned()),
        ("licenses, after half of them", format!("/v3/licenses?after={id}")),
        ("licenses, latest first", "/v3/licenses?sort=-createdAt".to_owned()),
        ("licenses, by expiry", "/v3/licenses?sort=expiresAt".to_owned()),
        ("licenses of a product", format!("/v3/licenses?productId={product}")),
        ("license by key", format!("/v3/licenses?key={key}")),
        ("licenses of a user", format!("/v3/licenses?userId={user}")),
        (
            "licenses in force of an e-mail address",
            format!("/v3/licenses?user.email={email}&expired=False&revoked=False&suspended=False&limit=1"),
        ),
        ("licenses by metadata", "/v3/licenses?metadata.key=order_id&metadata.value=none".to_owned()),
        ("suspended licenses", "/v3/licenses?suspended=true".to_owned()),
        ("licenses that expire before a time", "/v3/licenses?expiresAt[lt]=2027-01-01".to_owned()),
        ("license by domain", format!("/v3/licenses?domain={domain}")),
        ("licenses by words", "/v3/licenses?search=maple".to_owned()),
        ("users", "/v3/users".to_owned()),
        ("user by e-mail address", format!("/v3/users?email={email}")),
        ("users by words", "/v3/users?search=maple".to_owned()),
        ("activations", "/v3/activations".to_owned()),
        ("activations of a license", format!("/v3/activations?licenseId={id}")),
        ("event log", "/v3/event-logs?sort=-createdAt".to_owned()),
        ("activation log", "/v3/activation-logs?sort=-createdAt".to_owned()),
        ("products", "/v3/products".to_owned()),
    ])
}

fn refuse_failures(path: &str, result: &LoadResult) -> Result {
    if result.non_success == 0 {
        return Ok(());
    }
    Err(format!("{path}: {} responses with a status other than 2xx.", result.non_success))
}

/// Appends a POST request with a token.
fn write_create(out: &mut Vec<u8>, path: &str, headers: &str, body: &str) {
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body.as_bytes());
}
