//! Mail: a queue in the database, and a worker that sends it by SMTP. Off unless the settings name a mail
//! server.
//!
//! A use case queues a mail in its transaction, so that neither exists without the other. Contents are
//! sealed, because their links and keys are credentials, and deleted once the mail server has accepted them.

mod activation_notice;
mod attempts;
mod audit_event;
mod backlog;
mod body;
mod content;
mod customer_mail;
mod customer_settings;
mod enable;
mod health;
mod link_limit;
mod list;
mod mailer;
mod message;
mod obstacle;
mod of_customer;
mod of_object;
mod queue;
mod quota;
pub(crate) mod recent;
mod reminder;
mod retry;
mod row;
mod send;
mod send_test;
mod server;
mod template;
pub(crate) mod texts;
mod waiting;
mod worker_quota;

pub use activation_notice::{NoticeTurns, announce_activations};
pub(crate) use attempts::MailAttempts;
pub(crate) use content::Content;
pub(crate) use customer_mail::{CustomerMail, queue_for_customer};
pub use customer_settings::{
    CustomerMailChange, CustomerMailSettings, SenderName, change_customer_mail, change_shown_customer_mail,
    set_product_reminders, show_customer_mail,
};
pub(crate) use health::health;
pub(crate) use link_limit::allows_link;
pub use list::list;
pub use mailer::{MailSettings, Mailer};
pub(crate) use of_customer::{delete_of_customer, move_to_customer};
pub(crate) use of_object::{cancel, of_invitations};
pub use of_object::{notices_of_license, of_license};
pub(crate) use queue::{CONTENT_LIFETIME_MS, NewMail, queue};
pub(crate) use quota::require_quota;
pub use reminder::{ReminderTurns, Reminders, queue_reminders};
pub use retry::retry;
pub use send::{Round, send_due};
pub use send_test::send_test;
pub use template::{
    TemplateVersion, change_shown_template, change_template, list_templates, reset_shown_template,
    reset_template, save_shown_draft, save_template_draft, send_template_sample, show_template,
};
pub use waiting::WaitingMails;
pub(crate) use waiting::waiting;
