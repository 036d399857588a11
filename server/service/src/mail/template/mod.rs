//! Templates of mails to customers: the seller's own, or the defaults.
//!
//! A draft is stored as it was typed, also with errors, so that a form that fails loses no text. It is in use
//! nowhere, so that saving it writes no audit entry.

mod change;
mod draft;
mod reset;
mod sample;
mod show;
mod stored;

pub use change::{change_shown_template, change_template};
pub use draft::{save_shown_draft, save_template_draft};
pub use reset::{reset_shown_template, reset_template};
pub use sample::send_template_sample;
pub use show::{list_templates, show_template};
pub use stored::TemplateVersion;
pub(crate) use stored::for_mail;
