//! The audit log: its chain of seals, and its filters.

mod chain;
mod list;
mod tampering;

use domain::bounded_text::Name;
use domain::license::{NewLicense, Reason, Renewal};
use domain::view::AuditVerification;
use domain::{AuditEntryId, Email, LicenseId, Timestamp};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use service::audit::{seal_batch, verify_all};
use service::license::{issue, reinstate, renew, suspend};
use service::{Clock, Service};

use test_support::{Seller, TestDatabase, seller, texts};

/// A seller with entries, and a clock one hour ahead, so that all entries can be sealed.
struct Shop {
    clock: Clock,
    start: Timestamp,
    service: Service,
    seller: Seller,
    raw: DatabaseConnection,
}

impl Shop {
    async fn open(db: &TestDatabase) -> Self {
        // The present, because the ids of entries have the time of the system.
        let start = Clock::System.now();
        let clock = Clock::manual(start.plus_seconds(3600));
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        let raw = Database::connect(&db.url).await.unwrap();
        Self { clock, start, service, seller, raw }
    }

    /// Issues a license to a customer, and changes it: five entries.
    async fn work(&self, customer: &str) -> LicenseId {
        let actor = &self.seller.actor;
        let email = format!("{}@navy.example", customer.to_lowercase().replace(' ', "."));
        let new = NewLicense {
            customer_name: Some(Name::parse("name", customer).unwrap()),
            customer_email: Some(Email::parse(&email).unwrap()),
            ..NewLicense::for_product(self.seller.product.id)
        };
        let id = issue(&self.service, actor, new).await.unwrap()[0].id;
        let reason = Reason::parse("reason", &format!("{customer} asked for it")).unwrap();
        suspend(&self.service, actor, id, Some(reason)).await.unwrap();
        reinstate(&self.service, actor, id).await.unwrap();
        let until = Renewal::Until(Timestamp::from_millis(4_102_444_800_000));
        renew(&self.service, actor, id, until, None).await.unwrap();
        id
    }

    async fn verify(&self) -> AuditVerification {
        verify_all(&self.service, &self.seller.actor).await.unwrap()
    }

    /// Asserts that all stored entries are sealed and match their seals.
    async fn assert_sound(&self) {
        let verified = self.verify().await;
        assert_eq!(verified.first_break, None);
        assert_eq!((verified.verified, verified.unsealed), (self.ids().await.len() as u64, 0));
    }

    /// Returns the ids of all entries in order.
    async fn ids(&self) -> Vec<AuditEntryId> {
        let sql = match self.raw.get_database_backend() {
            sea_orm::DatabaseBackend::Sqlite => {
                "SELECT lower(hex(id)) AS text FROM audit_entries ORDER BY id"
            }
            _ => "SELECT CAST(id AS text) AS text FROM audit_entries ORDER BY id",
        };
        texts(&self.raw, sql).await.iter().map(|id| id.parse().unwrap()).collect()
    }

    async fn run(&self, sql: &str) {
        self.raw.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Writes an id as SQL.
    fn sql_id(&self, id: AuditEntryId) -> String {
        match self.raw.get_database_backend() {
            sea_orm::DatabaseBackend::Sqlite => format!("X'{}'", id.0.simple()),
            _ => format!("CAST('{id}' AS uuid)"),
        }
    }
}

/// Seals all entries.
async fn seal(service: &Service) {
    while seal_batch(service).await.unwrap() {}
}
