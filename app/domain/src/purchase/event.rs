//! Events of shops in one form, whatever provider sent them.

use super::refund::KnownPayment;
use crate::bounded_text::Name;
use crate::{Email, Timestamp};

/// Longest id, event name or reference, in bytes.
const MAX_TEXT_LEN: usize = 255;
/// Longest name of a customer that is taken, in characters; longer ones are cut.
const MAX_NAME_CHARS: usize = 120;
/// How long the period with which a subscription is taken over must last at least, in days. Single items of an invoice
/// have periods that end as they begin.
const MIN_TAKEN_OVER_DAYS: i64 = 1;

/// What happened at the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PurchaseKind {
    /// Something was bought, or a subscription began.
    Purchased,
    /// A subscription was paid for again. Of an unknown subscription, it is a purchase.
    Paid,
    /// A payment of a subscription failed.
    PaymentFailed,
    /// A payment succeeded after it had failed.
    Recovered,
    /// A subscription ended.
    Canceled,
    /// A payment was given back in full.
    Refunded,
    /// The buyer's bank took a payment back.
    ChargedBack,
    /// The bank paid again what it had taken back.
    ChargebackReversed,
    /// A further reference of a purchase became known.
    Linked,
    /// The name and the address of a buyer became known.
    Buyer,
    /// Anything else.
    Ignored,
}

/// The period of a line of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemPeriod {
    /// The end.
    pub until: Option<Timestamp>,
    /// Whether it costs nothing, before discounts.
    pub is_free: bool,
    /// Whether the line pays for a whole period. Otherwise it pays for a change within one.
    pub is_paid: bool,
}

/// An item of a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedItem {
    /// The id of the price, the payment link or the variant.
    pub price: String,
    /// How many were bought.
    pub quantity: u32,
    /// The period of its line. `None`: the period of the event is the one of all items.
    pub period: Option<ItemPeriod>,
}

impl PricedItem {
    /// Creates an item without a period of its own.
    pub(super) fn new(price: String, quantity: u32) -> Self {
        Self { price, quantity, period: None }
    }
}

/// An event of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "facts that do not exclude each other")]
pub struct PurchaseEvent {
    /// The provider's id of the event. `None`: the provider has none, and the digest of the body stands for it.
    pub id: Option<String>,
    /// The provider's name of the event.
    pub name: String,
    /// When it happened at the provider.
    pub occurred_at: Timestamp,
    /// What happened.
    pub kind: PurchaseKind,
    /// Ids of the subscription, order, invoice or payment. The first one is the main one.
    pub references: Vec<String>,
    /// The payment of a period of a subscription, which counts once.
    pub payment: Option<String>,
    /// Ids of the payment that the event is about, by which a refund names it.
    pub payments: Vec<String>,
    /// Whether a change of the subscription began a new period before the former one ended.
    pub restarts: bool,
    /// Whether further payments follow.
    pub is_subscription: bool,
    /// Whether the period of a subscription costs nothing, as a trial does. The period of a price is not paid then.
    pub is_free: bool,
    /// Whether it belongs to the provider's test mode, where no money moves.
    pub is_test: bool,
    /// The end of the paid period.
    pub paid_until: Option<Timestamp>,
    /// What was bought.
    pub items: Vec<PricedItem>,
    /// Whether the items are names of one thing that was bought.
    pub has_alternatives: bool,
    /// The provider's id of the buyer.
    pub buyer: Option<String>,
    /// The buyer's address.
    pub email: Option<Email>,
    /// The buyer's name.
    pub customer_name: Option<Name>,
    /// Why the event changes no license, for the log.
    pub why: Option<String>,
}

impl PurchaseEvent {
    /// Creates an event that means nothing yet.
    pub(super) fn new(id: Option<&str>, name: &str, occurred_at: Timestamp) -> Self {
        Self {
            id: id.map(ToOwned::to_owned),
            name: name.to_owned(),
            occurred_at,
            kind: PurchaseKind::Ignored,
            references: Vec::new(),
            payment: None,
            payments: Vec::new(),
            restarts: false,
            is_subscription: false,
            is_free: false,
            is_test: false,
            paid_until: None,
            items: Vec::new(),
            has_alternatives: false,
            buyer: None,
            email: None,
            customer_name: None,
            why: None,
        }
    }

    /// Returns what the event tells about the payment that it names. `None` if it tells nothing.
    #[must_use]
    pub fn known_payment(&self) -> Option<KnownPayment> {
        // An event that joins two ids of a payment has another time, and names no subscription.
        let is_known = self.kind != PurchaseKind::Linked || self.is_subscription;
        let pays_period = self.payment.is_some() || !self.is_subscription;
        let paid_until = self.paid_until.filter(|_| self.is_subscription);
        let payment = KnownPayment { paid_at: self.occurred_at, paid_until, pays_period };
        (is_known && !self.payments.is_empty()).then_some(payment)
    }

    /// Sets that the event changes no license, and why.
    pub(super) fn ignore(&mut self, why: impl Into<String>) {
        self.kind = PurchaseKind::Ignored;
        self.why = Some(why.into());
    }

    /// Returns the end of the provider's period, if a subscription that is not known yet is taken over by this event. It
    /// is about a later payment and does not name it. The payment may have come before it, or come after it. An end within
    /// a day of the event is the one of no period.
    #[must_use]
    pub fn taken_over_until(&self) -> Option<Timestamp> {
        let takes_over = self.kind == PurchaseKind::Paid && self.is_subscription && self.payment.is_none();
        let earliest = self.occurred_at.plus_days(MIN_TAKEN_OVER_DAYS);
        self.paid_until.filter(|until| takes_over && *until >= earliest)
    }

    /// Adds a reference, unless it is there.
    pub(super) fn refer(&mut self, reference: Option<String>) {
        if let Some(reference) = reference.filter(|text| !self.references.contains(text)) {
            self.references.push(reference);
        }
    }

    /// Adds a reference of the payment that the event is about.
    pub(super) fn refer_payment(&mut self, reference: Option<String>) {
        if let Some(text) = reference.as_ref().filter(|text| !self.payments.contains(text)) {
            self.payments.push(text.clone());
        }
        self.refer(reference);
    }

    /// Sets the buyer's address and name. An address that is none is left out: the license is made without it.
    pub(super) fn set_customer(&mut self, email: Option<&str>, name: Option<&str>) {
        self.email = email.and_then(|text| Email::parse(text).ok());
        let cut = name.map(|text| text.chars().take(MAX_NAME_CHARS).collect::<String>());
        self.customer_name = cut.and_then(|text| Name::optional("name", &text).ok().flatten());
    }

    /// Returns whether its texts fit into the database, which stores no NUL.
    pub(super) fn is_bounded(&self) -> bool {
        let texts = self.id.iter().chain([&self.name]).chain(&self.references);
        let texts = texts.chain(&self.payment).chain(&self.payments).chain(&self.buyer);
        texts
            .chain(self.items.iter().map(|item| &item.price))
            .all(|text| text.len() <= MAX_TEXT_LEN && !text.contains('\0'))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_subscription_is_taken_over_with_a_period_of_at_least_a_day(hours in -100_i64..100) {
            let occurred_at = Timestamp::from_millis(1_800_000_000_000);
            let until = occurred_at.plus_seconds(hours * 3600);
            let event = PurchaseEvent {
                kind: PurchaseKind::Paid,
                is_subscription: true,
                paid_until: Some(until),
                ..PurchaseEvent::new(Some("evt_1"), "invoice.paid", occurred_at)
            };
            prop_assert_eq!(event.taken_over_until(), (hours >= 24).then_some(until));
            let named = PurchaseEvent { payment: Some("in_1".to_owned()), ..event };
            prop_assert_eq!(named.taken_over_until(), None);
        }
    }
}
