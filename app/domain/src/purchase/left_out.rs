//! Items of a purchase for the log: which ones do not count, and why.

use super::event::{PricedItem, PurchaseEvent};

/// Items that a text names.
const MAX_NAMED: usize = 5;

impl PurchaseEvent {
    /// Returns the items with their quantities, for the log.
    #[must_use]
    pub fn named_items(&self) -> String {
        joined(self.items.iter().map(quantified).collect())
    }

    /// Returns which items do not count beside those that were `counted`, and why. `None` if all count.
    #[must_use]
    pub fn left_out(&self, counted: &[PricedItem], has_terms: impl Fn(&str) -> bool) -> Option<String> {
        if self.has_alternatives {
            return None;
        }
        let mut counted_once: Vec<&PricedItem> = counted.iter().collect();
        let mut texts = Vec::new();
        for item in &self.items {
            if let Some(index) = counted_once.iter().position(|other| *other == item) {
                counted_once.swap_remove(index);
                continue;
            }
            let is_same_price = counted.iter().any(|other| other.price == item.price);
            let why = if is_same_price && item.period.is_some_and(|period| !period.is_paid) {
                "a change within a period"
            } else if is_same_price {
                "one line of a price counts"
            } else if has_terms(&item.price) {
                "a license follows one price"
            } else {
                "it has no terms here"
            };
            texts.push(format!("{} ({why})", quantified(item)));
        }
        (!texts.is_empty()).then(|| format!("Left out: {}.", joined(texts)))
    }
}

fn quantified(item: &PricedItem) -> String {
    format!("{} × {}", item.quantity, item.price)
}

/// Joins texts and counts those beyond the first.
fn joined(mut texts: Vec<String>) -> String {
    let more = texts.len().saturating_sub(MAX_NAMED);
    texts.truncate(MAX_NAMED);
    let named = texts.join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::event::ItemPeriod;
    use super::*;
    use crate::Timestamp;

    fn item(price: &str, quantity: u32) -> PricedItem {
        PricedItem::new(price.to_owned(), quantity)
    }

    fn event(items: Vec<PricedItem>) -> PurchaseEvent {
        PurchaseEvent {
            items,
            ..PurchaseEvent::new(Some("evt_1"), "invoice.paid", Timestamp::from_millis(0))
        }
    }

    #[test]
    fn each_item_that_does_not_count_has_a_reason() {
        let change = ItemPeriod { until: None, is_free: false, is_paid: false };
        let part = PricedItem { period: Some(change), ..item("own", 1) };
        let event = event(vec![item("own", 2), item("mapped", 3), item("other", 4), part, item("own", 5)]);
        let text = event.left_out(&[item("own", 2)], |price| price != "other");
        let expected = "Left out: 3 × mapped (a license follows one price), 4 × other (it has no terms here), \
                        1 × own (a change within a period), 5 × own (one line of a price counts).";
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn names_of_one_thing_leave_nothing_out() {
        let named =
            PurchaseEvent { has_alternatives: true, ..event(vec![item("price", 1), item("link", 1)]) };
        assert_eq!(named.left_out(&[item("price", 1)], |price| price == "price"), None);
    }

    proptest! {
        #[test]
        fn texts_name_few_items_and_count_the_others(count in 0_usize..20) {
            let event = event((0..count).map(|n| item(&format!("price_{n}"), 1)).collect());
            let text = event.left_out(&[], |_| false).unwrap_or_default();
            prop_assert_eq!(text.matches('×').count(), count.min(MAX_NAMED));
            prop_assert_eq!(text.contains("more"), count > MAX_NAMED);
            prop_assert_eq!(event.left_out(&event.items, |_| false), None);
        }
    }
}
