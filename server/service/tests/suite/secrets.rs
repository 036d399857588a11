//! Secrets: a copied database contains no usable license key, session or password.

use service::Error;
use service::license::reveal_key;
use service::secrets::MasterKey;
use service::store::Options;
use service::{Clock, Service, session};

use test_support::{PASSWORD, TestDatabase, license, on_both_databases, seller};

on_both_databases! {
    async fn a_license_key_is_revealed_with_the_master_key(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let revealed = reveal_key(&service, &seller.actor, id).await.unwrap();
        assert_eq!(revealed.expose(), key.expose());
    }

    async fn another_master_key_is_rejected_at_startup(db: TestDatabase) {
        db.open().await;
        let options = Options::new(&db.url, 2);
        let other = Service::open::<migrations::Migrator>(options, &MasterKey::generate(), 1024, Clock::System).await;
        let Err(Error::Invalid(invalid)) = other else { panic!("opened under another key") };
        assert_eq!(invalid[0].field, "master_key");
    }
}

#[tokio::test]
async fn the_database_files_contain_no_secret_in_clear_text() {
    let db = TestDatabase::sqlite();
    let service = db.open().await;
    let seller = seller(&service, "ada").await;
    let (_, key) = license(&service, &seller, 1).await;
    let session_id = *b"sixteen byte id!";
    let stored = session::SessionRecord {
        data: "{}".into(),
        expires_at: domain::Timestamp::MAX,
        account: None,
        ..Default::default()
    };
    assert!(session::create(&service, &session_id, Some(seller.user), stored).await.unwrap());
    service.close().await;
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(db.folder.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let contains = |secret: &[u8]| bytes.windows(secret.len()).any(|w| w == secret);
    assert!(contains(key.last_four().as_bytes()), "the last four are for people");
    assert!(!contains(key.expose().as_bytes()), "a license key");
    assert!(!contains(&key.expose().as_bytes()[4..14]), "half a license key");
    assert!(!contains(PASSWORD.as_bytes()), "a password");
    assert!(!contains(&session_id), "a session id");
}
