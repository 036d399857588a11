//! Reminders of expiries, to customers.

mod remind;
mod renewed;
mod walk;

pub use walk::{ReminderPosition, Reminders, queue_reminders};
