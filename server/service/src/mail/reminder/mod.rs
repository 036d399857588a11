//! Reminders of expiries, to customers.

mod remind;
mod renewed;
mod turns;
mod walk;

pub use turns::ReminderTurns;
pub use walk::{Reminders, queue_reminders};
