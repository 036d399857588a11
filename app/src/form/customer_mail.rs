//! Form of the settings of mails to customers.

use domain::field_error::FieldErrors;
use domain::{Email, FieldError};
use serde::{Deserialize, Serialize};
use service::mail::{CustomerMailChange, SenderName};

use super::edit::{check, checkbox};

/// The sender, reminders and notices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerMailForm {
    sender_name: String,
    sender_name_was: Option<String>,
    reply_to: String,
    reply_to_was: Option<String>,
    sends_reminders: Option<String>,
    sends_reminders_was: Option<String>,
    announces_activations: Option<String>,
    announces_activations_was: Option<String>,
}

impl CustomerMailForm {
    /// Parses a change. Name and address are optional; a checkbox that is not sent is off.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<CustomerMailChange, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = |text: &str| SenderName::optional("sender_name", text);
        let email = |text: &str| {
            if text.trim().is_empty() {
                return Ok(None);
            }
            Email::parse(text).map(Some).map_err(|fault| fault.in_field("reply_to"))
        };
        let sender_name = check(&mut faults, &self.sender_name, self.sender_name_was.as_deref(), name);
        let reply_to = check(&mut faults, &self.reply_to, self.reply_to_was.as_deref(), email);
        let (reminders, was) = (self.sends_reminders.as_deref(), self.sends_reminders_was.as_deref());
        let sends_reminders = checkbox(reminders, was);
        let (notices, was) =
            (self.announces_activations.as_deref(), self.announces_activations_was.as_deref());
        let announces_activations = checkbox(notices, was);
        let change = || {
            Some(CustomerMailChange {
                sender_name: sender_name?,
                reply_to: reply_to?,
                sends_reminders,
                announces_activations,
            })
        };
        change().ok_or_else(|| faults.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_is_reported() {
        let form = |name: &str, reply_to: &str| CustomerMailForm {
            sender_name: name.to_owned(),
            reply_to: reply_to.to_owned(),
            sends_reminders: Some("on".to_owned()),
            sends_reminders_was: Some("=".to_owned()),
            ..CustomerMailForm::default()
        };
        let faults = form(&"x".repeat(81), "nobody").parse().expect_err("both are invalid");
        assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), ["sender_name", "reply_to"]);
        let change = form(" Maple ", "").parse().expect("valid settings");
        assert_eq!(change.sender_name.new.map(|name| name.to_string()).as_deref(), Some("Maple"));
        assert!(change.reply_to.new.is_none() && !change.announces_activations.new);
        assert_eq!((change.sends_reminders.new, change.sends_reminders.shown), (true, Some(false)));
    }
}
