//! Demo data: a bulk load drops indexes and foreign keys and restores them.

use sea_orm::{Database, DatabaseConnection};

use test_support::{on_both_databases, texts};

/// Every table, index and constraint.
async fn schema(db: &DatabaseConnection, sqlite: bool) -> Vec<String> {
    let sql = if sqlite {
        "SELECT name || ': ' || COALESCE(sql, '') AS text FROM sqlite_master ORDER BY name"
    } else {
        "SELECT conname || ': ' || pg_get_constraintdef(oid) || convalidated AS text FROM pg_constraint \
         WHERE connamespace = current_schema()::regnamespace \
         UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1"
    };
    texts(db, sql).await
}

on_both_databases! {
    async fn a_large_demo_leaves_the_schema_as_it_was(db: TestDatabase) {
        let service = db.open().await;
        let connection = Database::connect(&db.url).await.unwrap();
        let before = schema(&connection, db.is_sqlite()).await;
        assert!(before.iter().any(|text| text.contains("REFERENCES") || text.contains("FOREIGN KEY")));
        let mut progress_reports = 0;
        service::demo::create(&service, 2000, |_, _| progress_reports += 1).await.unwrap();
        assert!(progress_reports > 500, "{progress_reports}");
        assert_eq!(schema(&connection, db.is_sqlite()).await, before);
        assert!(service::consistency_check::check(&service).await.unwrap().is_empty());
    }
}
