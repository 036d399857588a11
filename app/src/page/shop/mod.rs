//! Pages of connections to shops: the list with the form that makes one, a connection, its prices, and an event.

mod event;
mod list;
mod log;
mod prices;
mod settings;
mod show;
mod steps;

pub use event::ShopEvent;
pub use list::Shops;
pub use prices::ShopPrices;
pub use show::Shop;
