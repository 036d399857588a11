// cargo add ureq serde_json --features ureq/json
use std::{fs, time::Duration};

use serde_json::{Value, json};
use ureq::{Agent, Body, http::Response};

const SERVER: &str = "{{ORIGIN}}";
const LICENSE_KEY: &str = "YOUR-KEY";
const DOMAIN: &str = "example.com";
const LAST_ANSWER: &str = "license.json";
const GRACE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

fn main() {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .http_status_as_error(false)
        .build()
        .into();

    match activate(&agent) {
        Some(message) => println!("{message}"),
        None => println!("No answer from the license server."),
    }
    match verify(&agent) {
        Some(answer) if answer["valid"] == true => println!("The license is valid."),
        Some(answer) => println!("The license is not valid ({}).", answer["error"]),
        None => println!("The license could not be verified."),
    }
}

/// Once, at install. Doing it again on the same domain is harmless.
fn activate(agent: &Agent) -> Option<String> {
    let license = json!({ "license_key": LICENSE_KEY, "domain": DOMAIN });
    let answer = said(agent.post(format!("{SERVER}/activate")).send_json(license))?;
    answer["message"].as_str().map(String::from)
}

/// At each start. An outage must not lock customers out, so the last answer holds for a while.
fn verify(agent: &Agent) -> Option<Value> {
    let license = [("license_key", LICENSE_KEY), ("domain", DOMAIN)];
    let request = agent.get(format!("{SERVER}/verify")).query_pairs(license);
    if let Some(answer) = said(request.call()).filter(|answer| answer["valid"].is_boolean()) {
        fs::write(LAST_ANSWER, answer.to_string()).ok();
        return Some(answer);
    }
    let written = fs::metadata(LAST_ANSWER).and_then(|file| file.modified());
    let recent = written.ok()?.elapsed().ok()? < GRACE;
    let last = fs::read(LAST_ANSWER).ok().filter(|_| recent)?;
    serde_json::from_slice(&last).ok()
}

/// The server's answer, unless it could not give one just now.
fn said(result: Result<Response<Body>, ureq::Error>) -> Option<Value> {
    let mut response = result.ok()?;
    match response.status().as_u16() {
        200 | 404 | 422 => response.body_mut().read_json().ok(),
        _ => None, // 429, 5xx, a proxy's 403 … say nothing about the license
    }
}
