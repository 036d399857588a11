//! Mail: a queue in the database, and a worker that sends it by SMTP. Off unless the settings name a mail
//! server.
//!
//! A use case queues a mail in its transaction, so that neither exists without the other. Contents are
//! sealed, because their links and keys are credentials, and deleted once the mail server has accepted them.

mod audit_event;
mod body;
mod content;
mod enable;
mod health;
mod list;
mod mailer;
mod message;
mod obstacle;
mod of_customer;
mod of_object;
mod queue;
mod quota;
mod retry;
mod row;
mod send;
mod send_test;
mod server;
pub(crate) mod texts;

pub(crate) use content::Content;
pub(crate) use health::health;
pub use list::list;
pub use mailer::{MailSettings, Mailer};
pub(crate) use of_customer::{delete_of_customer, move_to_customer};
pub use of_object::of_license;
pub(crate) use of_object::{cancel, of_invitations};
pub(crate) use queue::{CONTENT_LIFETIME_MS, NewMail, queue};
pub(crate) use quota::require_quota;
pub use retry::retry;
pub use send::{Round, send_due};
pub use send_test::send_test;
