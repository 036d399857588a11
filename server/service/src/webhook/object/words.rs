//! The interface to the server's words.

use domain::webhook::ObjectKind;

use super::record::ObjectRecord;

/// Writes objects as JSON, in the words of the API that answers them.
pub trait ObjectWords: Send + Sync {
    /// Returns the JSON object that the API answers for a record.
    fn json(&self, record: &ObjectRecord) -> String;

    /// Returns the JSON object of a customer with the token that sets the password.
    fn with_reset_token(&self, record: &ObjectRecord, token: &str) -> String;

    /// Returns the JSON object of a made-up record, for tests of a webhook.
    fn sample(&self, kind: ObjectKind) -> String;
}
