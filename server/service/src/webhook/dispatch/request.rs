//! Builds the request of an attempt.

use domain::Timestamp;
use domain::webhook::{SignatureScheme, WebhookSecret};
use uuid::Uuid;

use super::signature::{standard, v3};
use super::target::Target;
use super::transport::OutgoingRequest;

/// Returns the request of an attempt at `now` (management API contract, 4.2).
pub(super) fn build(target: &Target, delivery: Uuid, body: String, now: Timestamp) -> OutgoingRequest {
    let id = delivery.to_string();
    let timestamp = now.seconds();
    let previous = target.previous.as_ref().filter(|(_, until)| *until > now).map(|(secret, _)| secret);
    let secrets: Vec<&WebhookSecret> = [&target.secret].into_iter().chain(previous).collect();
    let signatures: Vec<String> =
        secrets.iter().map(|secret| standard(secret, &id, timestamp, &body)).collect();
    let signatures = signatures.join(" ");
    let mut headers = vec![
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("user-agent", concat!("Countersign-Webhooks/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("webhook-id", id.clone()),
        ("webhook-timestamp", timestamp.to_string()),
    ];
    match target.scheme {
        SignatureScheme::V3 => {
            headers.push(("webhook-signature", v3(&target.secret, &body)));
            headers.extend(previous.map(|secret| ("webhook-signature-previous", v3(secret, &body))));
        }
        SignatureScheme::Standard => headers.push(("webhook-signature", signatures.clone())),
    }
    headers.extend([
        ("svix-id", id),
        ("svix-timestamp", timestamp.to_string()),
        ("svix-signature", signatures),
    ]);
    OutgoingRequest { url: target.url.clone(), headers, body, trace: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(scheme: SignatureScheme, previous: Option<i64>) -> Target {
        let secret = |text: &str| WebhookSecret::from_storage(text.to_owned());
        Target {
            webhook: Uuid::nil(),
            account: Uuid::nil(),
            url: "https://shop.example/hooks".to_owned(),
            scheme,
            secret: secret("new"),
            previous: previous.map(|until| (secret("old"), Timestamp::from_millis(until))),
        }
    }

    fn header<'a>(request: &'a OutgoingRequest, name: &str) -> Option<&'a str> {
        let found = request.headers.iter().find(|(header, _)| *header == name);
        found.map(|(_, value)| value.as_str())
    }

    #[test]
    fn v3_signs_the_body_and_svix_is_there_beside_it() {
        let request = build(
            &target(SignatureScheme::V3, None),
            Uuid::nil(),
            "{}".to_owned(),
            Timestamp::from_millis(5_999),
        );
        let secret = WebhookSecret::from_storage("new".to_owned());
        assert_eq!(header(&request, "webhook-signature"), Some(v3(&secret, "{}").as_str()));
        assert_eq!(header(&request, "webhook-signature-previous"), None);
        let svix = standard(&secret, &Uuid::nil().to_string(), 5, "{}");
        assert_eq!(header(&request, "svix-signature"), Some(svix.as_str()));
        assert_eq!(header(&request, "webhook-timestamp"), Some("5"));
        assert_eq!(header(&request, "svix-timestamp"), Some("5"));
        assert_eq!(header(&request, "webhook-id"), header(&request, "svix-id"));
        assert_eq!(header(&request, "content-type"), Some("application/json; charset=utf-8"));
        assert!(
            header(&request, "user-agent").is_some_and(|agent| agent.starts_with("Countersign-Webhooks/"))
        );
    }

    #[test]
    fn both_secrets_sign_during_the_overlap_and_one_after_it() {
        for (now, count) in [(999, 2), (1000, 1)] {
            let at = Timestamp::from_millis(now);
            let request =
                build(&target(SignatureScheme::Standard, Some(1000)), Uuid::nil(), "{}".to_owned(), at);
            for name in ["webhook-signature", "svix-signature"] {
                let value = header(&request, name).expect("a header");
                assert_eq!(value.split(' ').filter(|part| part.starts_with("v1,")).count(), count, "{now}");
            }
            let request = build(&target(SignatureScheme::V3, Some(1000)), Uuid::nil(), "{}".to_owned(), at);
            assert_eq!(header(&request, "webhook-signature-previous").is_some(), count == 2, "{now}");
        }
    }
}
