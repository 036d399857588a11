//! Which items of an event say something about the license of a purchase. A subscription may have other items, whose
//! periods differ.

use super::event::{ItemPeriod, PricedItem, PurchaseEvent};

impl PurchaseEvent {
    /// Returns what the event says about the license of a purchase. The items count that have the price `own` of the
    /// purchase, otherwise those of the first price with terms. Lines that pay for a period go before lines of changes
    /// within one. Without any of those, all items count if `sells_all`, unless `own` has terms: other prices do not
    /// pay for those. An event that names no item is about all.
    ///
    /// Returns `None` if no item counts.
    #[must_use]
    pub fn narrowed(
        &self,
        own: Option<&str>,
        has_terms: impl Fn(&str) -> bool,
        sells_all: bool,
    ) -> Option<Self> {
        if self.items.is_empty() {
            return Some(self.clone());
        }
        let is_own = |item: &&PricedItem| own == Some(item.price.as_str());
        let is_mapped = |item: &&PricedItem| has_terms(&item.price);
        let pays = |item: &&PricedItem| item.period.is_some_and(|period| period.is_paid);
        let find = |counts: &dyn Fn(&&PricedItem) -> bool| self.items.iter().find(counts);
        let first = find(&|item| pays(item) && is_own(item))
            .map(|item| (item, true))
            .or_else(|| find(&|item| pays(item) && is_mapped(item)).map(|item| (item, true)))
            .or_else(|| find(&is_own).map(|item| (item, false)))
            .or_else(|| find(&is_mapped).map(|item| (item, false)));
        let items: Vec<PricedItem> = match first {
            Some((first, must_pay)) => {
                let counts = |item: &&PricedItem| item.price == first.price && (!must_pay || pays(item));
                self.items.iter().filter(counts).cloned().collect()
            }
            None if sells_all && !own.is_some_and(&has_terms) => self.items.clone(),
            None => return None,
        };
        Some(self.of_items(items))
    }

    /// Returns the event with these items alone. If their lines have periods, those are the paid ones.
    fn of_items(&self, items: Vec<PricedItem>) -> Self {
        let periods: Vec<ItemPeriod> = items.iter().filter_map(|item| item.period).collect();
        let mut event = Self { items, ..self.clone() };
        if periods.is_empty() {
            return event;
        }
        event.paid_until = periods.iter().filter_map(|period| period.until).max();
        event.is_free = periods.iter().all(|period| period.is_free);
        event.payment = event.payment.filter(|_| periods.iter().any(|period| period.is_paid));
        event.restarts &= event.payment.is_some();
        event
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Timestamp;

    const PRICES: [&str; 4] = ["own", "mapped", "other", "another"];

    fn at(day: i64) -> Timestamp {
        Timestamp::from_millis(day * 86_400_000)
    }

    fn line(price: &str, day: i64, is_paid: bool) -> PricedItem {
        let period = ItemPeriod { until: Some(at(day)), is_free: false, is_paid };
        PricedItem { period: Some(period), ..PricedItem::new(price.to_owned(), 1) }
    }

    fn paid(items: Vec<PricedItem>) -> PurchaseEvent {
        PurchaseEvent {
            paid_until: items.iter().filter_map(|item| item.period?.until).max(),
            payment: Some("in_1".to_owned()),
            items,
            ..PurchaseEvent::new(Some("evt_1"), "invoice.paid", at(1))
        }
    }

    fn narrowed(event: &PurchaseEvent, sells_all: bool) -> Option<PurchaseEvent> {
        event.narrowed(Some("own"), |price| price == "mapped", sells_all)
    }

    #[test]
    fn the_period_of_another_item_does_not_count() {
        let both =
            narrowed(&paid(vec![line("other", 366, true), line("own", 31, true)]), false).expect("own");
        assert_eq!((both.paid_until, both.payment.is_some(), both.items.len()), (Some(at(31)), true, 1));
        let other = paid(vec![line("other", 31, true)]);
        assert_eq!(narrowed(&other, false), None);
        assert_eq!(narrowed(&other, true), Some(other));
        let nameless = paid(Vec::new());
        assert_eq!(narrowed(&nameless, false), Some(nameless));
    }

    #[test]
    fn prices_without_terms_do_not_pay_for_a_price_with_terms() {
        let event = paid(vec![line("other", 366, true), line("another", 31, true)]);
        assert_eq!(event.narrowed(Some("mapped"), |price| price == "mapped", true), None);
        assert_eq!(
            event.narrowed(None, |price| price == "mapped", true).map(|about| about.items.len()),
            Some(2)
        );
    }

    #[test]
    fn a_change_within_a_period_beside_another_period_is_no_payment_of_one() {
        let event = paid(vec![line("other", 31, true), line("own", 366, false)]);
        let about = narrowed(&event, false).expect("own");
        assert_eq!((about.payment, about.paid_until), (None, Some(at(366))));
        // The subscription changed to another price, after a change of the former one.
        let event = paid(vec![line("own", 31, false), line("mapped", 62, true)]);
        let about = narrowed(&event, false).expect("mapped");
        assert_eq!((about.items[0].price.as_str(), about.payment.is_some()), ("mapped", true));
    }

    proptest! {
        #[test]
        fn no_period_of_an_unsold_item_counts(
            lines in prop::collection::vec((0_usize..4, 1_i64..400, any::<bool>()), 1..6)
        ) {
            let event = paid(lines.iter().map(|(price, day, pays)| line(PRICES[*price], *day, *pays)).collect());
            let sold: Vec<i64> = lines.iter().filter(|(price, ..)| *price < 2).map(|(_, day, _)| *day).collect();
            match narrowed(&event, false) {
                None => prop_assert!(sold.is_empty()),
                Some(about) => {
                    prop_assert!(about.items.iter().all(|item| item.price == about.items[0].price));
                    prop_assert!(["own", "mapped"].contains(&about.items[0].price.as_str()));
                    prop_assert!(about.paid_until.is_some_and(|until| sold.iter().any(|day| at(*day) == until)));
                    let pays = lines.iter().any(|(price, _, pays)| *price < 2 && *pays);
                    prop_assert_eq!(about.payment.is_some(), pays);
                }
            }
        }
    }
}
