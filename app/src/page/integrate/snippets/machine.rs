// cargo add ureq serde_json sha2 gethostname jsonwebtoken -F ureq/json,jsonwebtoken/rust_crypto
use std::{env, error::Error, fs, time::Duration};

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ureq::Agent;

const SERVER: &str = "{{ORIGIN}}";
const PRODUCT_ID: &str = "{{PRODUCT_ID}}";
const KEY: &str = "YOUR-KEY";
// Embedded, because an attacker could replace a key that is downloaded.
const PUBLIC_KEY: &str = "{{PUBLIC_KEY}}";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() {
    match check() {
        Ok(state) => println!("{state}"),
        Err(why) => {
            eprintln!("No license: {why}");
            std::process::exit(1);
        }
    }
}

fn check() -> Result<String> {
    // The same at each start, and another on each machine.
    let hostname = gethostname::gethostname().to_string_lossy().into_owned();
    let fingerprint = match fs::read_to_string("/etc/machine-id") {
        Ok(id) if !id.trim().is_empty() => sha256(&format!("{PRODUCT_ID}:{}", id.trim())),
        _ => sha256(&format!("{PRODUCT_ID}:{hostname}")),
    };

    // At each start: a known fingerprint gets a fresh token and takes no second slot.
    // Without a network, save an offline response as offline.txt. It is loaded once.
    let offline = fs::read_to_string("offline.txt").ok();
    let (answer, fresh) = match &offline {
        Some(token) => (json!({ "activationToken": token.trim() }), false),
        None => match ask(&fingerprint, &hostname) {
            Ok(answer) => (answer, true),
            // An outage must not lock customers out: without an answer, the last one holds.
            Err(error) => match fs::read("license.json") {
                Ok(last) => (serde_json::from_slice(&last)?, false),
                Err(_) => return Err(error),
            },
        },
    };
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    if answer["code"].is_string() {
        return Err(format!("{}, {}", text("code"), text("message")).into());
    }

    let mut rules = Validation::new(Algorithm::RS256);
    rules.required_spec_claims.clear(); // when the license ends is in `eat`
    let key = DecodingKey::from_rsa_pem(PUBLIC_KEY.as_bytes())?;
    let why = "the token is not signed with the key of this product";
    let token = jsonwebtoken::decode::<Value>(text("activationToken"), &key, &rules)
        .map_err(|error| format!("{why}: {error}"))?;
    // The receipt of a deactivation is signed too, and has another type.
    if token.header.typ.as_deref() != Some("JWT") {
        return Err("this is no activation token".into());
    }
    let claims = token.claims;
    if claims["pid"] != PRODUCT_ID || claims["key"] != KEY {
        return Err("the token is of another license".into());
    }
    if claims["fp"] != *fingerprint {
        return Err("the token is of another machine".into());
    }

    // A fresh token states the server's time, `iat`. Within `aco`, it replaces a wrong clock.
    let number = |claim: &str| claims[claim].as_u64().unwrap_or(0);
    let clock = jsonwebtoken::get_current_timestamp();
    let near = clock.abs_diff(number("iat")) <= number("aco");
    let now = if fresh && near { number("iat") } else { clock };
    let over = |claim: &str| (1..=now).contains(&number(claim)); // 0: never
    if offline.is_some() {
        if over("orv") {
            return Err("the offline response is too old to be loaded".into());
        }
        fs::write("license.json", answer.to_string())?;
        fs::remove_file("offline.txt")?;
    }
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
    Ok(format!("Activation {id}: {state}"))
}

fn ask(fingerprint: &str, hostname: &str) -> Result<Value> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .http_status_as_error(false)
        .build()
        .into();
    let user = env::var("USER").or(env::var("USERNAME"));
    let machine = json!({
        "key": KEY,
        "productId": PRODUCT_ID,
        "hostname": hostname,
        "os": env::consts::OS,
        "fingerprint": fingerprint,
        "appVersion": env!("CARGO_PKG_VERSION"),
        "userHash": sha256(&user.unwrap_or_default()),
    });
    let mut response = agent
        .post(format!("{SERVER}/v3/activations"))
        .send_json(machine)?;
    let status = response.status().as_u16();
    // Any other status (429, 5xx, a proxy's 403) says nothing about the license.
    if status != 200 && status != 400 {
        return Err(format!("HTTP {status}").into());
    }
    let answer: Value = response.body_mut().read_json()?;
    if answer["activationToken"].is_null() && answer["code"].is_null() {
        return Err("this is no answer of the server".into());
    }
    fs::write("license.json", answer.to_string())?;
    Ok(answer)
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
