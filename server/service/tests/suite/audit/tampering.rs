//! Changes behind the server's back: each is found, named and located.

use domain::AuditEntryId;
use domain::view::BreakKind;

use super::{Shop, seal};
use test_support::on_both_databases;

const TABLES: [&str; 4] = ["audit_entries", "audit_seals", "audit_chains", "audit_amendments"];

/// Keeps a copy of the tables.
async fn save(shop: &Shop) {
    for table in TABLES {
        shop.run(&format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}")).await;
    }
}

async fn restore(shop: &Shop) {
    for table in TABLES {
        shop.run(&format!("DELETE FROM {table}")).await;
        shop.run(&format!("INSERT INTO {table} SELECT * FROM saved_{table}")).await;
    }
    shop.assert_sound().await;
}

/// Runs statements, and asserts the break that a verification finds.
async fn assert_found(
    shop: &Shop,
    statements: &[String],
    kind: BreakKind,
    position: usize,
    entry: Option<AuditEntryId>,
) {
    for sql in statements {
        shop.run(sql).await;
    }
    let verified = shop.verify().await;
    let found = verified.first_break.unwrap_or_else(|| panic!("nothing found: {statements:?}"));
    assert_eq!((found.kind, found.position), (kind, i64::try_from(position).unwrap()), "{statements:?}");
    assert_eq!(found.entry, entry, "{statements:?}");
    if kind != BreakKind::SealMissing && kind != BreakKind::SealChanged {
        assert_eq!(verified.verified, position as u64 - 1, "{statements:?}");
        assert!(found.at.is_some_and(|at| at >= shop.start.plus_seconds(-1)), "{:?}", found.at);
    }
    restore(shop).await;
}

on_both_databases! {
    async fn every_change_of_the_log_is_found_and_named(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        shop.work("Grace Hopper").await;
        seal(&shop.service).await;
        let first_seal = shop.ids().await.len();
        shop.work("Jean Bartik").await;
        seal(&shop.service).await;
        shop.assert_sound().await;
        save(&shop).await;
        let ids = shop.ids().await;
        let count = ids.len();
        let id = |n: usize| shop.sql_id(ids[n]);
        for change in ["detail = 'x'", "actor_name = 'eve'", "action = 'license.revoked'", "ip = '::1'", "created_at = 1", "customer_id = NULL, detail = NULL", "license_id = account_id"] {
            let sql = format!("UPDATE audit_entries SET {change} WHERE id = {}", id(4));
            assert_found(&shop, &[sql], BreakKind::Changed, 5, Some(ids[4])).await;
        }
        let sql = format!("DELETE FROM audit_entries WHERE id = {}", id(3));
        assert_found(&shop, &[sql], BreakKind::Missing, 4, Some(ids[3])).await;
        // The oldest entry, and the newest ones with and without their seals.
        let sql = format!("DELETE FROM audit_entries WHERE id = {}", id(0));
        assert_found(&shop, &[sql], BreakKind::Missing, 1, Some(ids[0])).await;
        let tail = format!("DELETE FROM audit_entries WHERE id >= {}", id(count - 2));
        assert_found(&shop, &[tail], BreakKind::Missing, count - 1, Some(ids[count - 2])).await;
        let tail = format!("DELETE FROM audit_entries WHERE id >= {}", id(first_seal));
        let seals = format!("DELETE FROM audit_seals WHERE position > {first_seal}");
        assert_found(&shop, &[tail, seals], BreakKind::SealMissing, first_seal + 1, None).await;
        let head = format!("DELETE FROM audit_entries WHERE id < {}", id(first_seal));
        let seals = format!("DELETE FROM audit_seals WHERE position <= {first_seal}");
        assert_found(&shop, &[head, seals], BreakKind::SealMissing, 1, None).await;
        // Two entries change places.
        let spare = shop.sql_id(format!("{:032x}", ids[2].0.as_u128() + 1).parse().unwrap());
        let exchange: Vec<String> = [(id(2), spare.clone()), (id(4), id(2)), (spare.clone(), id(4))]
            .map(|(from, to)| format!("UPDATE audit_entries SET id = {to} WHERE id = {from}"))
            .to_vec();
        assert_found(&shop, &exchange, BreakKind::Reordered, 3, Some(ids[2])).await;
        let added = format!(
            "INSERT INTO audit_entries (id, account_id, actor_kind, actor_name, action, created_at) \
             SELECT {spare}, account_id, 'member', 'ada', 'license.revoked', created_at FROM audit_entries WHERE id = {}",
            id(2)
        );
        let added_id = format!("{:032x}", ids[2].0.as_u128() + 1).parse().unwrap();
        assert_found(&shop, &[added], BreakKind::Added, 4, Some(added_id)).await;
        // The seals themselves.
        let pruned = format!("UPDATE audit_chains SET pruned_before = {}", id(5));
        assert_found(&shop, &[pruned], BreakKind::SealChanged, count, None).await;
        assert_found(&shop, &["DELETE FROM audit_chains".to_owned()], BreakKind::SealChanged, 1, None).await;
        let cut = "UPDATE audit_seals SET entries = account_id WHERE position = 1".to_owned();
        let moved = format!("UPDATE audit_seals SET last_entry_id = {} WHERE position = 1", id(0));
        assert_found(&shop, &[moved], BreakKind::SealChanged, 1, None).await;
        let cut = if db.is_sqlite() { cut } else { cut.replace("account_id", "decode('00', 'hex')") };
        assert_found(&shop, &[cut], BreakKind::SealChanged, 1, None).await;
    }

    async fn a_changed_chain_is_neither_sealed_nor_pruned(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        shop.work("Grace Hopper").await;
        seal(&shop.service).await;
        let eve = test_support::seller(&shop.service, "eve").await;
        shop.work("Grace Hopper").await;
        shop.run("UPDATE audit_chains SET began_at = 1").await;
        // The account of the second seller is sealed all the same.
        assert!(service::audit::seal_batch(&shop.service).await.is_err());
        let sealed = service::audit::verify_all(&shop.service, &eve.actor).await.unwrap();
        assert_eq!((sealed.verified, sealed.unsealed, sealed.first_break), (3, 0, None));
        let found = shop.verify().await;
        assert_eq!(found.first_break.map(|found| found.kind), Some(BreakKind::SealChanged));
        assert_eq!(found.unsealed, 4, "a known customer: four entries");
    }
}
