//! Query plans of the license list, for every filter and sort order.

use domain::CustomerId;
use domain::bounded_text::Name;
use domain::license::{NewLicense, Standing};
use domain::search::SearchText;
use domain::view::{Condition, LicenseQuery, Sort};
use service::activation::activate;
use service::license::{count, issue, list};
use service::search;

use super::{Explain, OF_PRODUCTS, reads_all_of_a_seller, reads_whole, search_licenses};
use test_support::{host, license, on_both_databases, seller, texts};

/// Returns whether the plan reads a page from one index range. A range of all licenses of an account, a
/// product or a state is too large: it may hold a million rows without a match.
fn reads_one_range(plan: &[String], query: &LicenseQuery, is_sqlite: bool) -> bool {
    // The primary key is for lookups by id, not for scans.
    let scans =
        |lines: &[String]| lines[0].contains("using pk_licenses") && !lines[1].contains("Index Cond: (id");
    if plan.windows(2).any(scans) {
        return false;
    }
    let by_account = |line: &&String| line.contains("account_id=?") || line.contains("account_id = ");
    let ranges = plan.iter().filter(|line| line.contains("SEARCH licenses") || line.contains("Index Cond:"));
    let mut ranges: Vec<_> = ranges.filter(by_account).filter(|line| !line.contains("last_four")).collect();
    if !query.search.is_empty() {
        // Entries of machines by host name and of sub-domains by their end.
        let is_expression = |line: &str| line.contains("<expr>") || line.contains("hostname");
        ranges.retain(|line| {
            !line.contains("term")
                && !line.contains("search_value")
                && !line.contains("subject")
                && !is_expression(line)
        });
        return ranges.is_empty();
    }
    // A sort by another order than the index order reads the range to its end.
    let is_sorted = |lines: &[String]| match lines {
        [above, _, below] if !is_sqlite => above.contains("Sort  (") && below.contains("ix_licenses_"),
        [above, below, _] => above.contains("ix_licenses_") && below.contains("FOR ORDER BY"),
        _ => false,
    };
    let is = |column: &str| if is_sqlite { format!("{column}=?") } else { format!("({column} = ") };
    let mut conditions = Vec::new();
    conditions.extend(query.product.is_some().then(|| is("product_id")));
    let by_expiry = query.sort == Sort::Expiry || query.standing == Some(Standing::Expired);
    conditions.extend(by_expiry.then(|| "expires_at".to_owned()));
    // Active licenses have separate indexes because expired licenses keep the same state.
    let in_force = query.standing == Some(Standing::Active) && !by_expiry;
    conditions.extend((!in_force).then(|| is("state")));
    (!in_force || plan.iter().any(|line| line.contains("ix_licenses_in_force")))
        && ranges.len() == if query.standing.is_none() { 3 } else { 1 }
        && ranges.iter().all(|line| conditions.iter().all(|condition| line.contains(condition)))
        && !plan.windows(3).any(is_sorted)
        && !plan.iter().any(|line| line.contains("Bitmap"))
}

/// Inserts so many and various products and licenses that the planner of PostgreSQL prefers the right index.
async fn insert_many(explain: &Explain) {
    explain
        .run(
            "INSERT INTO products SELECT (jsonb_populate_record(NULL::products, to_jsonb(p) || jsonb_build_object( \
             'id', gen_random_uuid(), 'slug', 'p' || n, 'number', 1000000 + n))).* \
             FROM (SELECT * FROM products LIMIT 1) p, generate_series(1, 20) n",
        )
        .await;
    explain
        .insert_licenses(
            "'id', gen_random_uuid(), 'key_digest', '\\x' || md5(n::text || p.id), 'product_id', p.id, \
             'last_four', substr(md5(n::text || p.id), 1, 4), 'expires_at', n, 'lapsed_at', n / 2 * 2, \
             'state', (ARRAY['active', 'suspended', 'revoked'])[1 + n % 3]",
            "(SELECT * FROM licenses LIMIT 1) l, products p, generate_series(1, 300) n",
        )
        .await;
    explain.run("ANALYZE").await;
}

on_both_databases! {
    async fn no_license_list_scans_a_whole_table(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let seller = seller(&service, "ada").await;
        for n in 0..60 {
            let (_, key) = license(&service, &seller, 1).await;
            activate(&service, &key, &host(&format!("d{n}.example.com")), None).await.unwrap();
        }
        let explain = Explain::on(&db).await;
        if !db.is_sqlite() {
            insert_many(&explain).await;
        }
        let next = list(&service, &seller.actor, &LicenseQuery::default()).await.unwrap().next;
        assert!(next.is_some());
        let standings = [None, Some(Standing::Active), Some(Standing::Suspended), Some(Standing::Revoked), Some(Standing::Expired)];
        for sort in Sort::ALL {
            for standing in standings {
                for product in [None, Some(seller.product.id)] {
                    for search in ["", "maple", "AB12", "www.example.com"] {
                        for cursor in [None, next] {
                            let query = LicenseQuery { search: search.to_owned(), product, standing, sort, cursor, ..LicenseQuery::default() };
                            statements.take();
                            list(&service, &seller.actor, &query).await.unwrap();
                            let [sql] = &statements.take()[..] else { panic!("one statement a page") };
                            let plan = explain.plan(sql).await;
                            let by_domain = plan.iter().any(|line| line.contains("ix_activations_domain"));
                            assert_eq!(by_domain, !search.is_empty(), "{query:?}\n{}", plan.join("\n"));
                            let is_found = !plan.iter().any(|line| reads_whole(line)) && reads_one_range(&plan, &query, db.is_sqlite());
                            assert!(is_found, "{query:?}\n{sql}\n{}", plan.join("\n"));
                        }
                    }
                }
            }
        }
        // The search for everything reads no more than the entries that it shows.
        let (id, key) = license(&service, &seller, 1).await;
        let new_license = NewLicense {
            customer_name: Some(Name::parse("name", "Grace Hopper").unwrap()),
            ..NewLicense::for_product(seller.product.id)
        };
        issue(&service, &seller.actor, new_license).await.unwrap();
        statements.take();
        let texts = [
            key.expose().to_owned(), key.last_four(), id.to_string(), "grace".to_owned(), "https://shop.example.com/".to_owned(),
            "Ada Keller <ada@example.com>, build-7, 0123456789abcdef0".to_owned(),
        ];
        for text in texts {
            search::find(&service, &seller.actor, &SearchText::parse(&text)).await.unwrap();
        }
        let statements = statements.take();
        assert!(statements.len() > 20, "{}", statements.len());
        for sql in statements {
            let plan = explain.plan(&sql).await;
            let is_found = !plan.iter().any(|line| reads_whole(line)) && !reads_all_of_a_seller(&plan);
            assert!(is_found, "{sql}\n{}", plan.join("\n"));
        }
    }
}

on_both_databases! {
    async fn licenses_of_a_template_are_found_by_their_products(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let seller = seller(&service, "ada").await;
        license(&service, &seller, 1).await;
        statements.take();
        search_licenses(&service, &seller).await;
        let mut of_products = statements.take();
        of_products.retain(|sql| sql.contains(OF_PRODUCTS));
        assert!(!of_products.is_empty());
        let explain = Explain::on(&db).await;
        if !db.is_sqlite() {
            insert_many(&explain).await;
        }
        for sql in of_products {
            let plan = explain.plan(&sql).await;
            let is_condition = |line: &String| line.contains("product_id=?") || line.contains("Index Cond:") && line.contains("product_id");
            assert!(plan.iter().any(is_condition), "{sql}\n{}", plan.join("\n"));
        }
    }
}

on_both_databases! {
    /// Lists by condition read one range of their partial index, and lists of a customer one range of hers.
    async fn conditions_and_customers_are_answered_by_index_ranges(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let seller = seller(&service, "ada").await;
        let new = NewLicense {
            customer_name: Some(Name::parse("name", "Grace").unwrap()),
            expires_at: Some(Some(service.now().plus_days(10))),
            count: 60,
            ..NewLicense::for_product(seller.product.id)
        };
        for issued in issue(&service, &seller.actor, new).await.unwrap() {
            activate(&service, &issued.key, &host("a.example.com"), None).await.unwrap();
        }
        let explain = Explain::on(&db).await;
        // The copies below are marked too, and have expired.
        explain.run("UPDATE licenses SET marked_unused_at = 1").await;
        if !db.is_sqlite() {
            explain.insert_licenses(
                "'id', gen_random_uuid(), 'key_digest', '\\x' || md5(n::text), 'customer_id', NULL, \
                 'expires_at', n, 'lapsed_at', n / 2 * 2, 'domains_used', n % 2, \
                 'state', (ARRAY['active', 'suspended', 'revoked'])[1 + n % 3]",
                "(SELECT * FROM licenses LIMIT 1) l, generate_series(1, 3000) n",
            ).await;
            explain.run("ANALYZE").await;
        }
        let connection = sea_orm::Database::connect(&db.url).await.unwrap();
        let sql = if db.is_sqlite() { "SELECT hex(id) AS text FROM customers" } else { "SELECT id::text AS text FROM customers" };
        let customer: CustomerId = texts(&connection, sql).await[0].parse().unwrap();
        for (condition, customer, index) in [
            (Some(Condition::AtLimit), None, "ix_licenses_at_limit"),
            (Some(Condition::Unused), None, "ix_licenses_unused"),
            (Some(Condition::Expiring), None, "state_expires"),
            (None, Some(customer), "ix_licenses_customer"),
            (Some(Condition::AtLimit), Some(customer), "ix_licenses_customer"),
            (Some(Condition::Unused), Some(customer), "ix_licenses_customer"),
            (Some(Condition::Expiring), Some(customer), "ix_licenses_customer"),
        ] {
            for product in [None, Some(seller.product.id)] {
                for sort in Sort::ALL {
                    let mut query = LicenseQuery { condition, customer, product, sort, ..LicenseQuery::default() };
                    for _ in 0..2 {
                        statements.take();
                        let page = list(&service, &seller.actor, &query).await.unwrap();
                        assert_eq!(page.items.len(), if query.cursor.is_none() { 50 } else { 10 }, "{query:?}");
                        query.cursor = page.next;
                        let sql = statements.take().pop().unwrap();
                        let plan = explain.plan(&sql).await;
                        let text = plan.join("\n");
                        assert!(!plan.iter().any(|line| reads_whole(line)), "{query:?}\n{text}");
                        assert!(text.contains(index), "{query:?}\n{sql}\n{text}");
                    }
                    statements.take();
                    count(&service, &seller.actor, &LicenseQuery { cursor: None, ..query }).await.unwrap();
                    let sql = statements.take().pop().unwrap();
                    let plan = explain.plan(&sql).await.join("\n");
                    assert!(plan.contains(index), "{sql}\n{plan}");
                }
            }
        }
    }
}
