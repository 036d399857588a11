//! Compares the answer of a release with that of this version.

use serde_json::Value;

/// Fields that differ: times of the answer or after it, counts of verifications, and texts for people beside a code.
const VARYING: [&str; 7] =
    ["iat", "leat", "ssgpeat", "verification_count", "last_verified_at", "lastSyncedAt", "message"];

/// Asserts that an answer has everything that the release answered. It may have more.
pub fn assert_alike(before: &Value, after: &Value, context: &str) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, before) in before.iter().filter(|(name, _)| !VARYING.contains(&name.as_str())) {
                let context = format!("{name} of {context}");
                let after = after.get(name).unwrap_or_else(|| panic!("no {context}"));
                assert_alike(before, after, &context);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len(), "{context}");
            for (before, after) in before.iter().zip(after) {
                assert_alike(before, after, context);
            }
        }
        (Value::String(before), Value::String(after)) => match (claims(before), claims(after)) {
            (Some(before), Some(after)) => assert_alike(&before, &after, context),
            _ => assert_eq!(before, after, "{context}"),
        },
        _ => assert_eq!(before, after, "{context}"),
    }
}

/// Returns the claims of a token.
fn claims(text: &str) -> Option<Value> {
    let (_, rest) = text.split_once('.')?;
    let (claims, _) = rest.split_once('.')?;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).ok()?;
    serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
}
