//! Batch loading: licenses that are not cached are loaded in batches.

use domain::LicenseKey;
use domain::activation::Verification;
use sea_orm::{ConnectionTrait as _, Database};
use service::Service;
use service::activation::{VerifyResult, activate, verify};

use test_support::{TestDatabase, host, license, on_both_databases, seller};

const LICENSES: usize = 60;

async fn answers(service: &Service, keys: &[LicenseKey]) -> Vec<service::Result<VerifyResult>> {
    let ask = |(n, key): (usize, &LicenseKey)| {
        let (service, key) = (service.clone(), key.clone());
        tokio::spawn(
            async move { verify(&service, &key, &host(&format!("{}.com", n % LICENSES)), None).await },
        )
    };
    let tasks: Vec<_> = keys.iter().enumerate().map(ask).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("no panic"));
    }
    answers
}

fn is_valid(answer: &service::Result<VerifyResult>) -> bool {
    matches!(answer, Ok(VerifyResult::Evaluated { verification: Verification::Valid, .. }))
}

on_both_databases! {
    async fn concurrent_verifications_load_licenses_in_few_statements(db: TestDatabase) {
        let warm = db.open().await;
        let seller = seller(&warm, "ada").await;
        let mut keys = Vec::new();
        for n in 0..LICENSES {
            let (_, key) = license(&warm, &seller, 1).await;
            activate(&warm, &key, &host(&format!("{n}.com")), None).await.unwrap();
            keys.push(key);
        }
        // Each key is verified twice, with as many keys that exist only in another instance.
        keys.extend(keys.clone());
        let other = TestDatabase::sqlite();
        let elsewhere = other.open().await;
        let stranger = test_support::seller(&elsewhere, "eve").await;
        for _ in 0..LICENSES {
            keys.push(license(&elsewhere, &stranger, 1).await.1);
        }
        let (service, statements) = db.open_watched().await;
        statements.take();
        let answers = answers(&service, &keys).await;
        let (known, unknown) = answers.split_at(2 * LICENSES);
        assert!(known.iter().all(is_valid));
        assert!(unknown.iter().all(|answer| matches!(answer, Ok(VerifyResult::InvalidKey))));
        let statements = statements.take().len();
        assert!(statements < LICENSES / 2, "{statements} statements");
    }

    async fn a_damaged_license_does_not_fail_its_batch(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (mut keys, mut ids) = (Vec::new(), Vec::new());
        for n in 0..3 {
            let (id, key) = license(&service, &seller, 1).await;
            activate(&service, &key, &host(&format!("{n}.com")), None).await.unwrap();
            keys.push(key);
            ids.push(id);
        }
        let raw = Database::connect(&db.url).await.unwrap();
        // Only direct access to the database can store an invalid state.
        let off = if db.is_sqlite() {
            "PRAGMA ignore_check_constraints = ON"
        } else {
            "ALTER TABLE licenses DROP CONSTRAINT ck_licenses_state"
        };
        let id = if db.is_sqlite() { format!("unhex('{}')", ids[1].0.simple()) } else { format!("'{}'", ids[1].0) };
        let damage = format!("{off}; UPDATE licenses SET state = 'lost' WHERE id = {id}");
        raw.execute_unprepared(&damage).await.unwrap();
        let cold = db.open().await;
        let answers = answers(&cold, &keys).await;
        assert!(is_valid(&answers[0]) && is_valid(&answers[2]), "{answers:?}");
        let error = answers[1].as_ref().expect_err("it can't be read");
        assert!(matches!(error, service::Error::Internal(text) if text.contains(&ids[1].0.to_string())), "{error}");
    }
}
