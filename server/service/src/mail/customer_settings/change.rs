//! Changes the settings of mails to customers.

use domain::bounded_text::BoundedText;
use domain::edit::Edit;
use domain::event::Event;
use domain::field_error::FieldErrors;
use domain::permission::Permission;
use domain::{Email, FieldError};
use lettre::Address;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::stored::find_for_change;
use crate::store::entity::account_mail_settings::{Entity, Model};
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, random};

/// The name of a sender.
pub type SenderName = BoundedText<80>;

/// New settings of mails to customers.
#[derive(Debug, Clone, Default)]
pub struct CustomerMailSettings {
    /// The sender's name. `None`: the name of the instance's settings.
    pub sender_name: Option<SenderName>,
    /// The address for replies. `None`: replies go to the sender's address.
    pub reply_to: Option<Email>,
    /// Whether customers are reminded of the expiry of their licenses.
    pub sends_reminders: bool,
    /// Whether customers learn of activations from now on.
    pub announces_activations: bool,
}

/// The settings of a form, each with the value that the form showed.
#[derive(Debug, Clone)]
pub struct CustomerMailChange {
    /// The sender's name.
    pub sender_name: Edit<Option<SenderName>>,
    /// The address for replies.
    pub reply_to: Edit<Option<Email>>,
    /// Whether customers are reminded of the expiry of their licenses.
    pub sends_reminders: Edit<bool>,
    /// Whether customers learn of activations.
    pub announces_activations: Edit<bool>,
}

impl CustomerMailChange {
    /// Returns the stored settings with the change, or every field that was changed since the form was rendered.
    fn apply(self, stored: CustomerMailSettings) -> Result<CustomerMailSettings, Vec<FieldError>> {
        let mut conflicts = FieldErrors::default();
        let on_or_off = |is_on: &bool| if *is_on { "on" } else { "off" }.to_owned();
        let name = self.sender_name.merge("sender_name", stored.sender_name, |name| {
            name.as_ref().map(ToString::to_string).unwrap_or_default()
        });
        let email = self.reply_to.merge("reply_to", stored.reply_to, |email| {
            email.as_ref().map(ToString::to_string).unwrap_or_default()
        });
        let reminders = self.sends_reminders.merge("sends_reminders", stored.sends_reminders, on_or_off);
        let notices = self.announces_activations.merge(
            "announces_activations",
            stored.announces_activations,
            on_or_off,
        );
        let (name, email) = (conflicts.check(name), conflicts.check(email));
        let (reminders, notices) = (conflicts.check(reminders), conflicts.check(notices));
        let changed = || {
            Some(CustomerMailSettings {
                sender_name: name?,
                reply_to: email?,
                sends_reminders: reminders?,
                announces_activations: notices?,
            })
        };
        changed().ok_or_else(|| conflicts.into_inner())
    }
}

/// Changes the settings. Reminders that were due before are not sent, except the nearest one of each license.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails; [`Error::Invalid`] if the name
/// has several lines, or mail servers refuse the address.
#[tracing::instrument(name = "mail.change_customer_mail", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn change_customer_mail(
    service: &Service,
    actor: &Actor,
    new: &CustomerMailSettings,
) -> Result<()> {
    actor.require(Permission::ManageMail)?;
    let (txn, before) = lock(service, actor).await?;
    store(txn, actor, before, new).await
}

/// Changes the settings that differ from those that a form showed.
///
/// # Errors
/// As [`change_customer_mail`]; [`Error::Changed`] if another member has changed the same setting since the form was
/// rendered.
#[tracing::instrument(name = "mail.change_shown_customer_mail", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn change_shown_customer_mail(
    service: &Service,
    actor: &Actor,
    change: CustomerMailChange,
) -> Result<()> {
    actor.require(Permission::ManageMail)?;
    let (txn, before) = lock(service, actor).await?;
    let stored = CustomerMailSettings {
        sender_name: SenderName::optional("sender_name", before.sender_name.as_deref().unwrap_or_default())
            .unwrap_or_default(),
        reply_to: before.reply_to.as_deref().and_then(|email| Email::parse(email).ok()),
        sends_reminders: before.sends_reminders,
        announces_activations: before.announced_until.is_some(),
    };
    let new = change.apply(stored).map_err(Error::Changed)?;
    store(txn, actor, before, &new).await
}

async fn lock(service: &Service, actor: &Actor) -> Result<(WriteTxn, Model)> {
    let txn = service.begin_write().await?;
    // The account may have no settings yet, whose row could be locked.
    scope::lock_account(&txn, actor.account).await?;
    let before = find_for_change(&txn, actor.account).await?;
    Ok((txn, before))
}

/// Checks and stores the settings of a locked account, and commits.
async fn store(mut txn: WriteTxn, actor: &Actor, before: Model, new: &CustomerMailSettings) -> Result<()> {
    if new.sender_name.as_ref().is_some_and(|name| name.as_str().chars().any(char::is_control)) {
        return Err(Error::invalid("sender_name", "The name is one line."));
    }
    if new.reply_to.as_ref().is_some_and(|email| email.as_str().parse::<Address>().is_err()) {
        return Err(Error::invalid("reply_to", "Mail servers do not accept this address."));
    }
    let from_now_on = random::first_id_at(txn.now());
    let after = Model {
        account_id: actor.account.0,
        sender_name: new.sender_name.as_ref().map(ToString::to_string),
        reply_to: new.reply_to.as_ref().map(ToString::to_string),
        sends_reminders: new.sends_reminders,
        announced_until: new.announces_activations.then(|| before.announced_until.unwrap_or(from_now_on)),
    };
    if before == after {
        return Ok(());
    }
    Entity::delete_by_id(actor.account.0).exec(txn.conn()).await?;
    let entry = audit_event(&after);
    Entity::insert(after.into_active_model().reset_all()).exec_without_returning(txn.conn()).await?;
    txn.record(actor, entry);
    txn.commit().await
}

/// Returns the audit entry. Its payload holds no personal data, because outbox events cannot be erased.
fn audit_event(settings: &Model) -> AuditEvent {
    let on = |is_on: bool| if is_on { "on" } else { "off" };
    let (reminders, activations) = (settings.sends_reminders, settings.announced_until.is_some());
    let sender = settings.sender_name.as_deref().unwrap_or("of the server");
    let reply_to = settings.reply_to.as_deref().unwrap_or("the sender");
    let detail = format!(
        "reminders {}, activation notices {}, sender {sender}, replies to {reply_to}",
        on(reminders),
        on(activations)
    );
    AuditEvent {
        event: Event::MailSettingsChanged,
        license: None,
        product: None,
        detail: Some(detail),
        payload: serde_json::json!({ "reminders": reminders, "activation_notices": activations }),
    }
}
