//! The license list: search, filters, sort orders and pages.

use domain::bounded_text::Name;
use domain::license::{NewLicense, Renewal, Standing};
use domain::product::ProductSettings;
use domain::view::{LicenseQuery, Sort};
use domain::{Email, LicenseId, ProductId, Timestamp};
use service::license::{issue, list, mark_expired, renew, revoke, suspend};
use service::{Clock, Service};

use test_support::{Seller, host, on_both_databases, seller};

async fn issue_one(
    service: &Service,
    seller: &Seller,
    name: &str,
    email: &str,
    expires_at: Option<Timestamp>,
) -> service::license::Issued {
    let new_license = NewLicense {
        customer_name: Some(Name::parse("name", name).unwrap()),
        customer_email: Some(Email::parse(email).unwrap()),
        expires_at: Some(expires_at),
        ..NewLicense::for_product(seller.product.id)
    };
    issue(service, &seller.actor, new_license).await.unwrap().pop().unwrap()
}

async fn ids(service: &Service, seller: &Seller, query: LicenseQuery) -> Vec<LicenseId> {
    list(service, &seller.actor, &query).await.unwrap().items.into_iter().map(|row| row.id).collect()
}

fn search(text: &str) -> LicenseQuery {
    LicenseQuery { search: text.to_owned(), ..LicenseQuery::default() }
}

type ExpectedLicense = (LicenseId, ProductId, &'static str, Option<Timestamp>, Standing);

/// Asserts that every filter and sort order lists exactly the expected licenses, in order.
async fn assert_listed(
    service: &Service,
    seller: &Seller,
    product: ProductId,
    of_another: ProductId,
    all: &[ExpectedLicense],
) {
    let now = service.now();
    let standings = Standing::ALL.map(Some).into_iter().chain([None]);
    for (standing, sort) in standings.flat_map(|standing| Sort::ALL.map(|sort| (standing, sort))) {
        for product in [None, Some(product), Some(of_another)] {
            for search in ["", "grace", "a"] {
                let mut query = LicenseQuery {
                    search: search.into(),
                    product,
                    standing,
                    sort,
                    ..LicenseQuery::default()
                };
                let by_expiry = sort == Sort::Expiry || standing == Some(Standing::Expired);
                let mut expected: Vec<_> = all
                    .iter()
                    .filter(|one| product.is_none_or(|product| product == one.1))
                    .filter(|one| one.2.to_lowercase().starts_with(search))
                    .filter(|one| standing.is_none_or(|standing| standing == one.4))
                    .filter(|one| !by_expiry || one.3.is_some())
                    .filter(|one| !by_expiry || standing == Some(Standing::Expired) || one.3 > Some(now))
                    .map(|one| (if by_expiry { one.3 } else { None }, one.0))
                    .collect();
                expected.sort();
                if sort == Sort::Newest && !by_expiry {
                    expected.reverse();
                }
                let mut found = Vec::new();
                loop {
                    let page = list(service, &seller.actor, &query).await.unwrap();
                    found.extend(page.items.iter().map(|row| (row.id, row.standing)));
                    query.cursor = page.next;
                    if query.cursor.is_none() {
                        query.cursor = page.previous;
                        break;
                    }
                }
                // Read the pages backward, from the last page.
                let mut back = found.len() % 50;
                back = if back == 0 && !found.is_empty() { 50 } else { back };
                while query.cursor.is_some() {
                    let page = list(service, &seller.actor, &query).await.unwrap();
                    let at = found.len() - back;
                    let expected = &found[at - page.items.len()..at];
                    assert!(
                        page.items.iter().map(|row| (row.id, row.standing)).eq(expected.iter().copied()),
                        "{query:?}"
                    );
                    back += page.items.len();
                    query.cursor = page.previous;
                }
                assert_eq!(back, found.len());
                let ids: Vec<_> = found.iter().map(|one| one.0).collect();
                assert_eq!(ids, expected.iter().map(|one| one.1).collect::<Vec<_>>(), "{query:?}");
                assert!(found.iter().all(|one| standing.is_none_or(|standing| standing == one.1)));
            }
        }
    }
}

on_both_databases! {
    async fn a_search_finds_by_key_tail_customer_and_domain(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let grace = issue_one(&service, &seller, "Grace Brewster Hopper", "grace@navy.example", None).await;
        let alan = issue_one(&service, &seller, "Alan Turing", "alan@bletchley.example", None).await;
        service::activation::activate(&service, &grace.key, &host("www.cobol.org"), None).await.unwrap();
        let tail = grace.key.last_four();
        for text in [
            grace.key.expose(), &grace.key.expose().to_lowercase(), &tail, &tail.to_lowercase(), "grace", "GRACE B",
            "hopper", "Brew", "grace@navy", "navy.example", "www.cobol.org", "cobol.org", "cob",
            "https://www.cobol.org/path",
            &grace.key.expose().replace('-', " "), &grace.key.expose().replace('-', ""),
            &format!("Key: “{}”.", grace.key.expose()), &format!("…{tail}"), &format!("LIC-••••-••••-••••-{tail}"),
            &grace.id.to_string(),
        ] {
            assert_eq!(ids(&service, &seller, search(text)).await, [grace.id], "{text}");
        }
        for text in ["turing", "bletchley"] {
            assert_eq!(ids(&service, &seller, search(text)).await, [alan.id], "{text}");
        }
        for text in ["nobody", "nobody\0", "%", "_", "' OR 1=1 --", "opper"] {
            assert!(ids(&service, &seller, search(text)).await.is_empty(), "{text}");
        }
    }

    async fn filters_and_sort_orders_select_the_right_licenses(db: TestDatabase) {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let clock = Clock::manual(now);
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        let first = issue_one(&service, &seller, "A", "a@x.de", Some(now.plus_days(20))).await.id;
        let second = issue_one(&service, &seller, "B", "b@x.de", Some(now.plus_days(10))).await.id;
        let third = issue_one(&service, &seller, "C", "c@x.de", None).await.id;
        let fourth = issue_one(&service, &seller, "D", "d@x.de", Some(now.plus_days(1))).await.id;
        let fifth = issue_one(&service, &seller, "E", "e@x.de", None).await.id;
        suspend(&service, &seller.actor, third, None).await.unwrap();
        revoke(&service, &seller.actor, fifth, None).await.unwrap();
        clock.set(now.plus_days(2));
        let standing = |s| LicenseQuery { standing: Some(s), ..LicenseQuery::default() };
        assert_eq!(ids(&service, &seller, standing(Standing::Active)).await, [second, first]);
        assert_eq!(ids(&service, &seller, standing(Standing::Expired)).await, [fourth]);
        assert_eq!(ids(&service, &seller, standing(Standing::Suspended)).await, [third]);
        assert_eq!(ids(&service, &seller, standing(Standing::Revoked)).await, [fifth]);
        let sort = |sort| LicenseQuery { sort, ..LicenseQuery::default() };
        assert_eq!(ids(&service, &seller, sort(Sort::Newest)).await, [fifth, fourth, third, second, first]);
        assert_eq!(ids(&service, &seller, sort(Sort::Oldest)).await, [first, second, third, fourth, fifth]);
        assert_eq!(ids(&service, &seller, sort(Sort::Expiry)).await, [second, first]);
        let other = LicenseQuery { product: Some(domain::ProductId(service::new_id())), ..LicenseQuery::default() };
        assert!(ids(&service, &seller, other).await.is_empty());
    }

    async fn pages_read_forward_and_backward_agree(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let at = Timestamp::from_millis(4_000_000_000_000);
        // Batches of licenses that share an expiry, so that the id has to break ties.
        for group in 0..6 {
            let new_license = NewLicense {
                customer_name: Some(Name::parse("name", "Grace Hopper").unwrap()),
                customer_email: Some(Email::parse("grace@navy.example").unwrap()),
                expires_at: Some(Some(at.plus_days(group % 3))),
                count: 21,
                ..NewLicense::for_product(seller.product.id)
            };
            issue(&service, &seller.actor, new_license).await.unwrap();
        }
        let product = Some(seller.product.id);
        let wholes = [search(""), search("hopper"), LicenseQuery { product, ..search("hopper") }];
        for (sort, whole) in Sort::ALL.into_iter().flat_map(|sort| wholes.clone().map(|whole| (sort, whole))) {
            let mut query = LicenseQuery { sort, ..whole };
            let mut forward = Vec::new();
            let mut last;
            loop {
                last = list(&service, &seller.actor, &query).await.unwrap();
                assert_eq!(last.previous.is_some(), query.cursor.is_some());
                forward.push(last.items.clone());
                match last.next {
                    Some(next) => query.cursor = Some(next),
                    None => break,
                }
            }
            let sizes: Vec<usize> = forward.iter().map(Vec::len).collect();
            assert_eq!(sizes, [50, 50, 26], "{sort:?}");
            let mut backward = vec![last.items.clone()];
            while let Some(previous) = last.previous {
                query.cursor = Some(previous);
                last = list(&service, &seller.actor, &query).await.unwrap();
                assert!(last.next.is_some());
                backward.insert(0, last.items.clone());
            }
            assert_eq!(forward, backward, "{sort:?}");
        }
    }

    async fn every_query_lists_exactly_the_matching_licenses(db: TestDatabase) {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let clock = Clock::manual(now);
        let service = db.open_at(clock.clone()).await;
        let (ada, bob) = (seller(&service, "ada").await, seller(&service, "bob").await);
        let other = ProductSettings::with_name(Name::parse("name", "another plugin").unwrap());
        let other = service::product::create(&service, &ada.actor, other).await.unwrap().id;
        let mut all = Vec::new();
        for seller in [&ada, &bob] {
            for n in 0..72_u32 {
                let of_other = n % 2 == 1 && seller.account == ada.account;
                let product = if of_other { other } else { seller.product.id };
                let name = if n / 2 % 2 == 0 { "Grace" } else { "Alan" };
                let expires_at = [None, Some(-3), Some(3)][n as usize / 4 % 3];
                // Some licenses share an expiry.
                let expires_at = expires_at.map(|days: i64| now.plus_days(days * i64::from(1 + n / 36)));
                let new_license = NewLicense {
                    customer_name: Some(Name::parse("name", name).unwrap()),
                    customer_email: None,
                    expires_at: Some(expires_at),
                    // The listed account gets enough licenses for several pages.
                    count: if seller.account == ada.account { 5 } else { 1 },
                    ..NewLicense::for_product(product)
                };
                for issued in issue(&service, &seller.actor, new_license).await.unwrap() {
                    let id = issued.id;
                    let standing = match n / 12 % 3 {
                        0 if expires_at.is_some_and(|at| at <= now) => Standing::Expired,
                        0 => Standing::Active,
                        1 => {
                            suspend(&service, &seller.actor, id, None).await.unwrap();
                            Standing::Suspended
                        }
                        _ => {
                            revoke(&service, &seller.actor, id, None).await.unwrap();
                            Standing::Revoked
                        }
                    };
                    if seller.account == ada.account {
                        all.push((id, product, name, expires_at, standing));
                    }
                }
            }
        }
        assert_listed(&service, &ada, other, bob.product.id, &all).await;
        let expired = all.iter().filter(|one| one.4 == Standing::Expired).count();
        let of_bob = ids(&service, &bob, LicenseQuery { standing: Some(Standing::Expired), ..search("") }).await.len();
        assert_eq!(mark_expired(&service).await.unwrap(), (expired + of_bob) as u64);
        assert_eq!(mark_expired(&service).await.unwrap(), 0);
        assert_listed(&service, &ada, other, bob.product.id, &all).await;
        // A clock that is wrong for a while causes no lasting error.
        clock.set(now.plus_days(1000));
        assert!(mark_expired(&service).await.unwrap() > 0);
        clock.set(now);
        assert!(mark_expired(&service).await.unwrap() > 0);
        assert_listed(&service, &ada, other, bob.product.id, &all).await;
        // A mark is void once the license has another expiry, or none.
        let lapsed: Vec<_> = (0..all.len()).filter(|n| all[*n].4 == Standing::Expired).collect();
        for (n, expires_at) in lapsed.into_iter().zip([Some(now.plus_days(9)), None]) {
            let renewal = expires_at.map_or(Renewal::Never, Renewal::Until);
            renew(&service, &ada.actor, all[n].0, renewal, None).await.unwrap();
            (all[n].3, all[n].4) = (expires_at, Standing::Active);
        }
        assert_listed(&service, &ada, other, bob.product.id, &all).await;
    }

    async fn a_page_takes_one_statement_for_any_number_of_rows(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let seller = seller(&service, "ada").await;
        for n in 0..30 {
            issue_one(&service, &seller, &format!("N{n}"), &format!("{n}@x.de"), None).await;
        }
        assert!(statements.take().len() > 30);
        let page = list(&service, &seller.actor, &LicenseQuery::default()).await.unwrap();
        assert_eq!(page.items.len(), 30);
        assert_eq!(statements.take().len(), 1);
    }
}
