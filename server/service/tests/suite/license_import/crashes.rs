//! Imports that end in the middle, run on several nodes, or meet a rotation of the master key.

use domain::import::ImportState;
use service::license_import::{confirm, run_batch};
use service::secrets::MasterKey;
use service::{Error, consistency_check, key_rotation};
use tokio::task::JoinSet;

use super::support::{import, run, upload, verified, view};
use test_support::{on_both_databases, seller, texts};

fn many(count: u32) -> String {
    let keys = (0..count).map(|n| format!("KEY-{n:08},c{}@example.com\n", n % 300));
    "key,email\n".to_owned() + &keys.collect::<String>()
}

on_both_databases! {
    async fn another_node_goes_on_where_a_node_ended(db: TestDatabase) {
        let (service, other) = (db.open().await, db.open().await);
        let seller = seller(&service, "ada").await;
        let id = upload(&service, &seller, &many(1300)).await;
        confirm(&service, &seller.actor, id, true).await.unwrap();
        assert!(run_batch(&service, id, 1).await.unwrap());
        drop(service);
        let done = run(&other, &seller, id).await;
        assert_eq!((done.import.state, done.import.imported), (ImportState::Done, 1300));
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        assert_eq!(texts(&raw, "SELECT last_four AS text FROM licenses").await.len(), 1300);
        assert_eq!(texts(&raw, "SELECT email AS text FROM customers").await.len(), 300);
    }

    async fn two_nodes_import_each_row_once(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (a, b) = (upload(&service, &seller, &many(1300)).await, upload(&service, &seller, "key\nKEY-00000007\nOTHER-0001").await);
        confirm(&service, &seller.actor, a, false).await.unwrap();
        confirm(&service, &seller.actor, b, false).await.unwrap();
        let mut nodes = JoinSet::new();
        for most in 1..=3 {
            let node = db.open().await;
            nodes.spawn(async move {
                for id in [a, b] {
                    loop {
                        match run_batch(&node, id, most).await {
                            // Or another node held the import's lock for a second: a worker goes on later.
                            Ok(true) | Err(Error::Unavailable(_)) => {}
                            Ok(false) => break,
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
        while let Some(node) = nodes.join_next().await {
            node.unwrap();
        }
        let (a, b) = (view(&service, &seller, a).await.import, view(&service, &seller, b).await.import);
        assert_eq!((a.state, b.state), (ImportState::Done, ImportState::Done));
        assert_eq!((a.imported + b.imported, a.skipped + b.skipped), (1301, 1));
        assert!(consistency_check::check(&service).await.unwrap().is_empty());
    }

    async fn rotation_of_the_master_key_keeps_rows_and_keys(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let before = upload(&service, &seller, "key\nmixed Case_key").await;
        import(&service, &seller, before, true).await;
        let waiting = upload(&service, &seller, &many(700)).await;
        let key = MasterKey::decode(&data_encoding::BASE64URL_NOPAD.encode(&[9; 32])).unwrap();
        key_rotation::begin(&service, key).await.unwrap();
        while key_rotation::reseal(&service, |_| {}).await.unwrap() > 0 {}
        key_rotation::finish(&service).await.unwrap();
        assert!(verified(&service, "MIXED case_key").await.is_some());
        assert_eq!(import(&service, &seller, waiting, true).await.import.imported, 700);
    }
}
