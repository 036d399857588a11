//! Test databases: each test runs on its own SQLite file and its own PostgreSQL database.
//! The helpers panic, as assertions do.

#![allow(clippy::missing_panics_doc, reason = "a test helper panics where an assertion would")]
#![allow(clippy::must_use_candidate, reason = "some calls are for their effect")]

pub mod receiver;
pub mod shop;
pub mod smtp;
mod template;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use domain::bounded_text::Name;
use domain::license::NewLicense;
use domain::permission::Role;
use domain::product::ProductSettings;
use domain::view::ProductView;
use domain::{AccountId, Email, LicenseId, LicenseKey, UserId};
use migrations::Migrator;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use service::account::{NewUser, add_user};
use service::license::issue;
use service::secrets::MasterKey;
use service::store::{Options, sqlite_file};
use service::{Actor, Clock, Principal, Service, new_id, product};

/// Capacity of the license cache in tests, in bytes.
const CACHE_BYTES: u64 = 1 << 20;

/// Defines each test twice: once on SQLite and once on PostgreSQL.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$attr:meta])* async fn $name:ident($db:ident: TestDatabase) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn test($db: $crate::TestDatabase) $body

            $(#[$attr])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                test($crate::TestDatabase::sqlite()).await;
            }

            $(#[$attr])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                test($crate::TestDatabase::postgres().await).await;
            }
        }
    )+};
}

/// Returns the column `text` of every row of a query.
pub async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.expect("rows");
    rows.iter().map(|row| row.try_get("", "text").expect("a text")).collect()
}

/// A database of one test.
pub struct TestDatabase {
    /// The database URL.
    pub url: String,
    /// The master key, encoded as the configuration expects it.
    pub master: String,
    /// The folder of the SQLite file, deleted at the end of the test.
    pub folder: tempfile::TempDir,
}

impl TestDatabase {
    /// Returns the place of a SQLite database. [`TestDatabase::open`] creates the file.
    pub fn sqlite() -> Self {
        // As the server creates its data folder.
        let private = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(private).tempdir().expect("a temporary folder");
        Self {
            url: format!("sqlite://{}", folder.path().join("test.db").display()),
            master: data_encoding::BASE64URL_NOPAD.encode(&[7; 32]),
            folder,
        }
    }

    /// Creates a migrated PostgreSQL database without rows on the server of `COUNTERSIGN_TEST_POSTGRES`.
    pub async fn postgres() -> Self {
        let (admin, name) = (admin_url(), new_database_name());
        template::copy_postgres(&admin, &name).await;
        Self { url: template::url(&admin, &name), ..Self::sqlite() }
    }

    /// Returns another database of the same kind without a schema.
    pub async fn without_schema(&self) -> Self {
        if self.is_sqlite() {
            return Self::sqlite();
        }
        let (admin, name) = (admin_url(), new_database_name());
        template::create_empty_postgres(&admin, &name).await;
        Self { url: template::url(&admin, &name), ..Self::sqlite() }
    }

    /// Returns whether this is the SQLite database.
    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }

    /// Opens the service on this database. Each call acts as a separate process.
    pub async fn open(&self) -> Service {
        self.open_at(Clock::System).await
    }

    /// Opens the service with a clock of the test.
    pub async fn open_at(&self, clock: Clock) -> Service {
        self.open_with(Options::new(&self.url, 8), clock).await
    }

    /// Opens the service and records the SQL statements that the service runs.
    pub async fn open_watched(&self) -> (Service, Statements) {
        self.open_watched_at(Clock::System).await
    }

    /// Like [`TestDatabase::open_watched`], with a clock of the test.
    pub async fn open_watched_at(&self, clock: Clock) -> (Service, Statements) {
        let statements = Statements::default();
        let recorded = Arc::clone(&statements.0);
        let on_statement = move |sql: &str| recorded.lock().expect("the statements").push(sql.to_owned());
        let options = Options { on_statement: Some(Arc::new(on_statement)), ..Options::new(&self.url, 8) };
        (self.open_with(options, clock).await, statements)
    }

    /// Opens the service with store options and a clock of the test.
    pub async fn open_with(&self, options: Options, clock: Clock) -> Service {
        if let Some(file) = sqlite_file(&self.url) {
            template::copy_sqlite(&file).await;
        }
        let master = MasterKey::decode(&self.master).expect("a key");
        Service::open::<Migrator>(options, &master, CACHE_BYTES, clock).await.expect("the service opens")
    }
}

/// Returns the URL of the PostgreSQL server's own database.
fn admin_url() -> String {
    std::env::var("COUNTERSIGN_TEST_POSTGRES").expect(
        "these tests also need PostgreSQL: run them with `cargo xtask test`, or set \
         COUNTERSIGN_TEST_POSTGRES to the URL of a server that allows CREATE DATABASE",
    )
}

fn new_database_name() -> String {
    format!("test_{}", new_id().simple())
}

/// SQL texts of the executed statements, in order of execution.
#[derive(Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Returns the statements since the last call. Statements sent as one text count as one entry.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("the statements"))
    }
}

/// A seller with a product.
#[derive(Clone)]
pub struct Seller {
    /// The owner.
    pub actor: Actor,
    /// The seller's account.
    pub account: AccountId,
    /// The owner's user id.
    pub user: UserId,
    /// The owner's email address.
    pub email: String,
    /// The seller's product.
    pub product: ProductView,
}

/// The password of every seller in tests.
pub const PASSWORD: &str = "correct horse battery";

/// Creates a seller. The account, the email address and the product are named after `name`.
pub async fn seller(service: &Service, name: &str) -> Seller {
    new_seller(service, name, false).await
}

/// Creates a seller whose owner operates the instance.
pub async fn new_operator(service: &Service, name: &str) -> Seller {
    new_seller(service, name, true).await
}

async fn new_seller(service: &Service, name: &str, is_operator: bool) -> Seller {
    let (account, user, email) = new_user(service, name, name, Role::Owner, is_operator).await;
    let actor = member(account, user, name, Role::Owner);
    let settings =
        ProductSettings::with_name(Name::parse("name", &format!("{name} plugin")).expect("a name"));
    let product = product::create(service, &actor, settings).await.expect("a product");
    Seller { actor, account, user, email, product }
}

/// Adds a user to an account and returns the email address too. Creates a missing account.
pub async fn person(service: &Service, name: &str, account: &str, role: Role) -> (AccountId, UserId, String) {
    new_user(service, name, account, role, false).await
}

async fn new_user(
    service: &Service,
    name: &str,
    account: &str,
    role: Role,
    is_operator: bool,
) -> (AccountId, UserId, String) {
    let email = format!("{name}@example.com");
    let new = NewUser {
        email: Email::parse(&email).expect("an address"),
        name: Name::parse("name", name).expect("a name"),
        account: Name::parse("account", account).expect("a name"),
        role,
        is_operator,
        password: PASSWORD.to_owned(),
    };
    let (account, user) = add_user(service, new, Principal::Operator).await.expect("a user");
    (account, user, email)
}

/// Returns a member of an account as an actor.
pub fn member(account: AccountId, user: UserId, name: &str, role: Role) -> Actor {
    Actor { account, principal: Principal::Member { user, name: name.to_owned(), role, ip: None } }
}

/// Issues one license with a domain limit.
pub async fn license(service: &Service, seller: &Seller, domains: u32) -> (LicenseId, LicenseKey) {
    let new_license = NewLicense {
        domain_limit: Some(domain::license::Limit::new(domains)),
        ..NewLicense::for_product(seller.product.id)
    };
    let mut issued = issue(service, &seller.actor, new_license).await.expect("a license");
    let license = issued.pop().expect("one license");
    (license.id, license.key)
}

/// Parses a domain name.
pub fn host(text: &str) -> domain::DomainName {
    domain::DomainName::parse(text).expect("a domain")
}
