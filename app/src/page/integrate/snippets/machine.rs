// cargo add ureq serde_json sha2 gethostname jsonwebtoken -F ureq/json,jsonwebtoken/rust_crypto
use std::{env, error::Error, fs, time::Duration};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ureq::{Agent, Body, http::Response};

const SERVER: &str = "{{ORIGIN}}";
const PRODUCT_ID: &str = "{{PRODUCT_ID}}";

fn main() -> Result<(), Box<dyn Error>> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .http_status_as_error(false)
        .build()
        .into();

    // The same at each start, and another on each machine.
    let hostname = gethostname::gethostname().to_string_lossy().into_owned();
    let fingerprint = match fs::read_to_string("/etc/machine-id") {
        Ok(id) if !id.trim().is_empty() => sha256(&format!("{PRODUCT_ID}:{}", id.trim())),
        _ => sha256(&format!("{PRODUCT_ID}:{hostname}")),
    };

    // At each start: a known fingerprint gets a fresh token and takes no second slot.
    let user = env::var("USER").or(env::var("USERNAME"));
    let machine = json!({
        "key": "YOUR-KEY",
        "productId": PRODUCT_ID,
        "hostname": hostname,
        "os": env::consts::OS,
        "fingerprint": fingerprint,
        "appVersion": env!("CARGO_PKG_VERSION"),
        "userHash": sha256(&user.unwrap_or_default()),
    });
    let activation = agent
        .post(format!("{SERVER}/v3/activations"))
        .send_json(machine);
    let answer = latest(activation, "license.json")?;
    let Some(token) = answer["activationToken"].as_str() else {
        return Err(answer["message"].as_str().unwrap_or("no token").into());
    };

    // Embed this key in a program you ship, so that an attacker cannot replace it.
    let keys = agent.get(format!("{SERVER}/.well-known/jwks/{PRODUCT_ID}")).call();
    let keys: JwkSet = serde_json::from_value(latest(keys, "keys.json")?)?;
    let header = jsonwebtoken::decode_header(token)?;
    // A signed receipt of a deactivation has another type.
    if header.typ.as_deref() != Some("JWT") {
        return Err("this is no activation token".into());
    }
    let kid = header.kid.unwrap_or_default();
    let key = DecodingKey::from_jwk(keys.find(&kid).ok_or("unknown signing key")?)?;
    let mut rules = Validation::new(Algorithm::RS256);
    rules.required_spec_claims.clear(); // when the license ends is in `eat`
    let claims: Value = jsonwebtoken::decode(token, &key, &rules)?.claims;
    if claims["fp"] != *fingerprint || claims["pid"] != PRODUCT_ID {
        return Err("the token is not this machine's".into());
    }

    let now = jsonwebtoken::get_current_timestamp();
    let over = |claim: &str| (1..=now).contains(&claims[claim].as_u64().unwrap_or(0)); // 0: never
    let state = if claims["suspended"] == true {
        "suspended"
    } else if over("eat") {
        "expired"
    } else if over("leat") || over("ssgpeat") {
        "stale" // the lease, or the grace without a sync, is over
    } else {
        "active"
    };
    let id = claims["aid"].as_str().unwrap_or_default();
    println!("Activation {id}: {state}");
    Ok(())
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An outage must not lock customers out: without an answer, the last one holds.
fn latest(
    result: Result<Response<Body>, ureq::Error>,
    file: &str,
) -> Result<Value, Box<dyn Error>> {
    let answer = result.and_then(|mut response| match response.status().as_u16() {
        200 | 400 => response.body_mut().read_json::<Value>(),
        // 429, 5xx, a proxy's 403 … say nothing about the license.
        other => Err(ureq::Error::StatusCode(other)),
    });
    match answer {
        Ok(answer) => fs::write(file, answer.to_string())?,
        Err(error) if !fs::exists(file)? => return Err(error.into()),
        Err(_) => {}
    }
    Ok(serde_json::from_slice(&fs::read(file)?)?)
}
