//! Lists and searches of customers.

use domain::license::NewLicense;
use domain::view::{CustomerQuery, MAX_LICENSES_COUNTED};
use service::customer::{list, show, suggest};
use service::license::issue;

use super::{found, holder, identity, to};
use test_support::{on_both_databases, seller};

on_both_databases! {
    async fn customers_are_listed_newest_first_in_pages_of_fifty(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        for n in 0..120 {
            issue(&service, &seller.actor, to(&seller, &identity(&format!("Customer {n}"), ""))).await.unwrap();
        }
        let names = |page: &domain::view::CustomerPage| {
            page.items.iter().map(|row| row.name.clone().unwrap()).collect::<Vec<_>>()
        };
        let expected = |from: usize, to: usize| (to..=from).rev().map(|n| format!("Customer {n}")).collect::<Vec<_>>();
        let at = |cursor| CustomerQuery { search: String::new(), cursor };
        let first = list(&service, &seller.actor, &at(None)).await.unwrap();
        assert_eq!((names(&first), first.previous), (expected(119, 70), None));
        let second = list(&service, &seller.actor, &at(first.next)).await.unwrap();
        assert_eq!(names(&second), expected(69, 20));
        let third = list(&service, &seller.actor, &at(second.next)).await.unwrap();
        assert_eq!((names(&third), third.next), (expected(19, 0), None));
        let back = list(&service, &seller.actor, &at(third.previous)).await.unwrap();
        assert_eq!(names(&back), expected(69, 20));
        let back = list(&service, &seller.actor, &at(back.previous)).await.unwrap();
        assert_eq!((names(&back), back.previous), (expected(119, 70), None));
        // The same in a search.
        let search = |cursor| CustomerQuery { search: "customer".to_owned(), cursor };
        let first = list(&service, &seller.actor, &search(None)).await.unwrap();
        assert_eq!((names(&first), first.is_cut), (expected(119, 70), false));
        let second = list(&service, &seller.actor, &search(first.next)).await.unwrap();
        assert_eq!(names(&second), expected(69, 20));
        let back = list(&service, &seller.actor, &search(second.previous)).await.unwrap();
        assert_eq!(names(&back), expected(119, 70));
    }

    async fn licenses_of_a_customer_are_counted_up_to_a_maximum(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, licenses) = holder(&service, &seller, "Grace", "grace@example.com", 130).await;
        holder(&service, &seller, "Jean", "jean@example.com", 2).await;
        let counts: Vec<u32> = found(&service, &seller, "").await.iter().map(|row| row.licenses).collect();
        assert_eq!(counts, [2, MAX_LICENSES_COUNTED + 1]);
        let mut shown = Vec::new();
        let mut before = None;
        loop {
            let view = show(&service, &seller.actor, id, before).await.unwrap();
            assert_eq!(view.license_count, MAX_LICENSES_COUNTED + 1);
            assert!(view.licenses.len() <= 25);
            shown.extend(view.licenses.iter().map(|license| license.id));
            match view.more_licenses {
                Some(last) => before = Some(last),
                None => break,
            }
        }
        shown.reverse();
        assert_eq!(shown, licenses);
    }

    async fn a_customer_is_found_by_the_start_of_a_word(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = holder(&service, &seller, "Grace Brewster Hopper", "grace@navy.example", 1).await;
        holder(&service, &seller, "Jean Bartik", "jean@eniac.example", 1).await;
        for search in ["grace", "HOP", " brewster ", "grace brewster", "grace@na", "navy.ex"] {
            let found = found(&service, &seller, search).await;
            assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [id], "{search}");
        }
        for search in ["race", "rewster", "nobody", "%", "\u{0}"] {
            let rows = found(&service, &seller, search).await;
            assert!(rows.iter().all(|_| search == "\u{0}"), "{search}");
        }
        let hits = suggest(&service, &seller.actor, "gra").await.unwrap();
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].email.as_deref(), Some("grace@navy.example"));
        assert_eq!(suggest(&service, &seller.actor, "  ").await.unwrap(), []);
        for n in 0..20 {
            let request = to(&seller, &identity(&format!("Many {n}"), ""));
            issue(&service, &seller.actor, NewLicense { count: 1, ..request }).await.unwrap();
        }
        assert_eq!(suggest(&service, &seller.actor, "man").await.unwrap().len(), 8);
    }
}
