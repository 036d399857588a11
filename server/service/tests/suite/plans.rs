//! Every list is served by an index, on both engines, whatever is asked of it.

use domain::license::Standing;
use domain::view::{LicenseQuery, PageCursor, Sort};
use service::license::{list, plan};

use crate::both;
use crate::support::{host, license, seller};

both! {
    async fn no_list_reads_a_whole_table(db: Db) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        for n in 0..60 {
            let (_, key) = license(&service, &seller, 1).await;
            service::activation::activate(&service, &key, &host(&format!("d{n}.example.com")), None).await.unwrap();
        }
        let first = list(&service, &seller.actor, &LicenseQuery::default()).await.unwrap();
        let next: Option<PageCursor> = first.next;
        assert!(next.is_some());
        let standings = [None, Some(Standing::Active), Some(Standing::Suspended), Some(Standing::Revoked), Some(Standing::Expired)];
        for sort in Sort::ALL {
            for standing in standings {
                for product in [None, Some(seller.product.id)] {
                    for search in ["", "maple", "AB12", "www.example.com"] {
                        for cursor in [None, next] {
                            let query = LicenseQuery { search: search.to_owned(), product, standing, sort, cursor };
                            let plan = plan(&service, &seller.actor, &query).await.unwrap();
                            assert!(!plan.is_empty());
                            for line in &plan {
                                // All licenses of an account are as good as the table.
                                let walks = line.starts_with("SEARCH licenses") && line.ends_with("(account_id=?)");
                                assert!(search.is_empty() || !walks, "{query:?}\n{}", plan.join("\n"));
                                for table in ["licenses", "activations", "customer_terms", "customers"] {
                                    let whole = [format!("Seq Scan on {table}"), format!("SCAN {table}")];
                                    let reads_whole = whole.iter().any(|w| line.contains(w.as_str()));
                                    assert!(!reads_whole, "{query:?}\n{}", plan.join("\n"));
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    async fn the_counters_agree_with_a_full_count(db: Db) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 3).await;
        for domain in ["a.com", "b.com"] {
            service::activation::activate(&service, &key, &host(domain), None).await.unwrap();
        }
        service::activation::deactivate(&service, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(service::counters::check(&service).await.unwrap(), []);
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&raw, "UPDATE licenses SET domains_used = 3").await.unwrap();
        let found = service::counters::check(&service).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].of, found[0].counted, found[0].found), (id.0, 3, 1));
    }
}
