//! Switches mail on.

use domain::FieldError;

use super::mailer::{MailSettings, Mailer};
use crate::{Error, Result, Service};

impl Service {
    /// Sends mail from now on, by these settings. Without this call, no mail is queued. A second call changes
    /// nothing.
    ///
    /// # Errors
    /// Returns [`FieldError`] with the name of the wrong setting.
    pub fn enable_mail(&self, settings: &MailSettings) -> std::result::Result<(), FieldError> {
        let mailer = Mailer::new(settings)?;
        let _ = self.mailer.set(mailer);
        Ok(())
    }

    /// Returns whether this process sends mail.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.mailer.get().is_some()
    }

    /// Returns the mailer.
    ///
    /// # Errors
    /// [`Error::Conflict`] if this process sends no mail.
    pub(crate) fn mailer(&self) -> Result<&Mailer> {
        let text = "This server sends no mail. Its operator can set mail up.";
        self.mailer.get().ok_or_else(|| Error::Conflict(text.into()))
    }
}
