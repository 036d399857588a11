//! Form of the settings of mails to customers.

use domain::field_error::FieldErrors;
use domain::{Email, FieldError};
use service::mail::{CustomerMailSettings, SenderName};

/// Parses the settings. Name and address are optional; a checkbox that is not sent is off.
///
/// # Errors
/// Returns every invalid field.
pub fn parse_customer_mail(
    sender_name: &str,
    reply_to: &str,
    sends_reminders: Option<&str>,
    announces_activations: Option<&str>,
) -> Result<CustomerMailSettings, Vec<FieldError>> {
    let mut faults = FieldErrors::default();
    let sender_name = faults.check(SenderName::optional("sender_name", sender_name));
    let reply_to = if reply_to.trim().is_empty() { Ok(None) } else { Email::parse(reply_to).map(Some) };
    let reply_to = faults.check(reply_to.map_err(|fault| fault.in_field("reply_to")));
    let parsed = || {
        Some(CustomerMailSettings {
            sender_name: sender_name?,
            reply_to: reply_to?,
            sends_reminders: sends_reminders.is_some(),
            announces_activations: announces_activations.is_some(),
        })
    };
    parsed().ok_or_else(|| faults.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_is_reported() {
        let faults =
            parse_customer_mail(&"x".repeat(81), "nobody", None, None).expect_err("both are invalid");
        assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), ["sender_name", "reply_to"]);
        let settings = parse_customer_mail(" Maple ", "", Some("on"), None).expect("valid settings");
        assert_eq!(settings.sender_name.map(|name| name.to_string()).as_deref(), Some("Maple"));
        assert!(settings.reply_to.is_none() && settings.sends_reminders && !settings.announces_activations);
    }
}
