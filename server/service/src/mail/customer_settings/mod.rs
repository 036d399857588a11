//! Settings of mails to customers: the sender, reminders, and announcements of activations.

mod change;
mod product_reminders;
mod sender;
mod show;
mod stored;

pub use change::{
    CustomerMailChange, CustomerMailSettings, SenderName, change_customer_mail, change_shown_customer_mail,
};
pub use product_reminders::set_product_reminders;
pub(super) use sender::sender_of;
pub use show::show_customer_mail;
pub(super) use stored::find_for_change;
