//! Changes the settings of mails to customers.

use domain::Email;
use domain::bounded_text::BoundedText;
use domain::event::Event;
use domain::permission::Permission;
use lettre::Address;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::stored::find_for_change;
use crate::store::entity::account_mail_settings::{Entity, Model};
use crate::store::{AuditEvent, scope};
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
    if new.sender_name.as_ref().is_some_and(|name| name.as_str().chars().any(char::is_control)) {
        return Err(Error::invalid("sender_name", "The name is one line."));
    }
    if new.reply_to.as_ref().is_some_and(|email| email.as_str().parse::<Address>().is_err()) {
        return Err(Error::invalid("reply_to", "Mail servers do not accept this address."));
    }
    let mut txn = service.begin_write().await?;
    // The account may have no settings yet, whose row could be locked.
    scope::lock_account(&txn, actor.account).await?;
    let before = find_for_change(&txn, actor.account).await?;
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
