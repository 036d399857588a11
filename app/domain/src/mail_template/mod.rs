//! Templates of mails to customers, which a seller can change.
//!
//! A template is plain text with variables, such as `{{ product }}`. It has no conditions, loops or calls:
//! the length of a mail is bounded by the template and its values. The HTML has few tags and no attributes
//! but addresses of links.

mod decode;
mod defaults;
mod escape;
mod html;
mod kind;
mod link;
mod part;
mod template;
mod variable;

pub use defaults::{default_source, default_source_of_keys};
pub use escape::escape_html;
pub use kind::TemplateKind;
pub use template::{MAX_HTML_LEN, MAX_SUBJECT_LEN, MAX_TEXT_LEN, MailTemplate, RenderedMail, TemplateSource};
pub use variable::{Values, Variable};
