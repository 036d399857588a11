//! A database of its own for each test, on SQLite and on PostgreSQL.

#![allow(dead_code, reason = "each suite uses a part of it")]

use std::sync::{Arc, Mutex};

use domain::bounded_text::Name;
use domain::license::NewLicense;
use domain::permission::Role;
use domain::product::ProductSettings;
use domain::view::ProductView;
use domain::{AccountId, Email, LicenseId, LicenseKey, UserId};
use migrations::Migrator;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use service::account::{NewUser, add_user};
use service::license::issue;
use service::secrets::MasterKey;
use service::store::Options;
use service::{Actor, Clock, Principal, Service, new_id, product};

/// Bytes of cache in tests.
const CACHE: u64 = 1 << 20;

/// Runs a test on both databases.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$attr:meta])* async fn $name:ident($db:ident: TestDatabase) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn test($db: $crate::support::TestDatabase) $body

            $(#[$attr])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                test($crate::support::TestDatabase::sqlite()).await;
            }

            $(#[$attr])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                test($crate::support::TestDatabase::postgres().await).await;
            }
        }
    )+};
}

/// The column `text` of all rows.
pub async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.expect("rows");
    rows.iter().map(|row| row.try_get("", "text").expect("a text")).collect()
}

/// An empty database.
pub struct TestDatabase {
    pub url: String,
    /// The key, in the form that settings take.
    pub master: String,
    pub folder: tempfile::TempDir,
}

impl TestDatabase {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            url: format!("sqlite://{}", folder.path().join("test.db").display()),
            master: data_encoding::BASE64URL_NOPAD.encode(&[7; 32]),
            folder,
        }
    }

    pub async fn postgres() -> Self {
        let admin = std::env::var("COUNTERSIGN_TEST_POSTGRES").expect(
            "these tests run on PostgreSQL too: run them by `cargo xtask test`, or set \
             COUNTERSIGN_TEST_POSTGRES to the URL of a server on which databases can be made",
        );
        let name = format!("test_{}", new_id().simple());
        let connection = Database::connect(&admin).await.expect("PostgreSQL");
        connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
        connection.close().await.expect("closed");
        let (server, _) = admin.rsplit_once('/').expect("a URL with a database");
        Self { url: format!("{server}/{name}"), ..Self::sqlite() }
    }

    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }

    /// The engine on this database. Several are as several processes.
    pub async fn open(&self) -> Service {
        self.open_at(Clock::System).await
    }

    pub async fn open_at(&self, clock: Clock) -> Service {
        self.open_with(Options::new(&self.url, 8), clock).await
    }

    /// The same, with all statements that it runs.
    pub async fn open_watched(&self) -> (Service, Statements) {
        self.open_watched_at(Clock::System).await
    }

    pub async fn open_watched_at(&self, clock: Clock) -> (Service, Statements) {
        let statements = Statements::default();
        let listed = Arc::clone(&statements.0);
        let on_statement = move |sql: &str| listed.lock().expect("the list").push(sql.to_owned());
        let options = Options { on_statement: Some(Arc::new(on_statement)), ..Options::new(&self.url, 8) };
        (self.open_with(options, clock).await, statements)
    }

    pub async fn open_with(&self, options: Options, clock: Clock) -> Service {
        let master = MasterKey::decode(&self.master).expect("a key");
        Service::open::<Migrator>(options, &master, CACHE, clock).await.expect("the service opens")
    }
}

/// The texts of the statements that were run, in their order.
#[derive(Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Those since it was asked last. What was sent as one text is one.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("the list"))
    }
}

/// A seller with a product.
#[derive(Clone)]
pub struct Seller {
    pub actor: Actor,
    pub account: AccountId,
    pub user: UserId,
    pub email: String,
    pub product: ProductView,
}

/// The password of every seller in tests.
pub const PASSWORD: &str = "correct horse battery";

/// Makes a seller; `name` makes the account, the address and the product.
pub async fn seller(service: &Service, name: &str) -> Seller {
    let (account, user, email) = person(service, name, name, Role::Owner).await;
    let actor = member(account, user, name, Role::Owner);
    let settings =
        ProductSettings::with_name(Name::parse("name", &format!("{name} plugin")).expect("a name"));
    let product = product::create(service, &actor, settings).await.expect("a product");
    Seller { actor, account, user, email, product }
}

/// Adds a person to an account, which is made where there is none; with their address.
pub async fn person(service: &Service, name: &str, account: &str, role: Role) -> (AccountId, UserId, String) {
    let email = format!("{name}@example.com");
    let new = NewUser {
        email: Email::parse(&email).expect("an address"),
        name: Name::parse("name", name).expect("a name"),
        account: Name::parse("account", account).expect("a name"),
        role,
        is_operator: false,
        password: PASSWORD.to_owned(),
    };
    let (account, user) = add_user(service, new, Principal::Operator).await.expect("a user");
    (account, user, email)
}

/// A member of an account.
pub fn member(account: AccountId, user: UserId, name: &str, role: Role) -> Actor {
    Actor { account, principal: Principal::Member { user, name: name.to_owned(), role } }
}

/// Issues one license with a domain limit.
pub async fn license(service: &Service, seller: &Seller, domains: u32) -> (LicenseId, LicenseKey) {
    let what = NewLicense {
        domain_limit: Some(domain::license::Limit::new(domains)),
        ..NewLicense::for_product(seller.product.id)
    };
    let mut issued = issue(service, &seller.actor, what).await.expect("a license");
    let one = issued.pop().expect("one license");
    (one.id, one.key)
}

/// A domain, from whatever spelling.
pub fn host(text: &str) -> domain::DomainName {
    domain::DomainName::parse(text).expect("a domain")
}
