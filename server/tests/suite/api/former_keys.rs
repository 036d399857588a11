//! Answers to apps that send a key which was replaced.

use data_encoding::BASE64URL_NOPAD;
use domain::KeyGrace;
use serde_json::Value;
use service::license::{replace_key, retire_former_keys};
use test_support::{license, on_both_databases, seller};

use crate::test_app::TestApp;

/// Replaces the times of a body, because two requests may arrive in different seconds.
fn without_times(body: &str) -> String {
    let is_time = |text: &str| text.len() == 20 && text.contains('T') && text.ends_with('Z');
    let parts = body.split('"').map(|text| if is_time(text) { "time" } else { text });
    parts.collect::<Vec<_>>().join("\"")
}

/// Returns all answers of both APIs to an app with this key: status and body.
async fn answers(app: &TestApp, key: &str, product: &str) -> Vec<(u16, String)> {
    let query = format!("license_key={key}&domain=a.com");
    let machine = serde_json::json!({
        "key": key, "productId": product, "fingerprint": "fp-1", "hostname": "host", "os": "linux",
        "appVersion": "1.0", "userHash": "hash",
    });
    let mut answers = Vec::new();
    for response in [
        app.json("/activate", key, "a.com").await,
        app.get(&format!("/verify?{query}")).await,
        app.get(&format!("/status?{query}")).await,
        app.json("/deactivate", key, "a.com").await,
        app.post("/v3/activations", "application/json", machine.to_string()).await,
    ] {
        answers.push((response.status.as_u16(), without_times(&response.text)));
    }
    answers
}

/// Returns the key in the token of a body of the machine API.
fn key_of_token(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    let claims = body["activationToken"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap();
    claims["key"].as_str().unwrap().to_owned()
}

on_both_databases! {
    async fn answers_to_a_former_key_are_those_to_the_present_key_and_never_hold_it(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let product = seller.product.id.to_string();
        let (id, former) = license(&app.service, &seller, 1).await;
        let unknown = answers(&app, "LIC-0000-0000-0000-0000", &product).await;
        let grace = KeyGrace::parse("7").unwrap();
        let present = replace_key(&app.service, &seller.actor, id, grace).await.unwrap();
        let (former, present) = (former.expose(), present.expose());
        let (mut of_present, mut of_former) =
            (answers(&app, present, &product).await, answers(&app, former, &product).await);
        let tokens = [of_present.pop().unwrap(), of_former.pop().unwrap()];
        let as_former = |(status, body): &(u16, String)| (*status, body.replace(present, former));
        assert_eq!(of_former, of_present.iter().map(as_former).collect::<Vec<_>>());
        assert_eq!(of_former[1], (200, r#"{"valid":true,"license":{"expires_at":null}}"#.to_owned()));
        assert_eq!(tokens.each_ref().map(|(status, _)| *status), [200, 200]);
        assert_eq!(tokens.each_ref().map(|(_, body)| key_of_token(body)), [present, former]);
        retire_former_keys(&app.service, &seller.actor, id).await.unwrap();
        assert_eq!(answers(&app, former, &product).await, unknown);
    }
}
