//! The composition root: database, caches, batch workers and keys that use cases share.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::Timestamp;
use domain::locale::Locales;
use domain::sign_up::SignUpPolicy;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, Set, Statement,
};
use sea_orm_migration::MigratorTrait;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::access::AccessCache;
use crate::account::sign_in_failures::SignInFailures;
use crate::account::throttle::SignInThrottle;
use crate::activation::{ActivateDomain, FormerKeyCache, LicenseLoader};
use crate::backup::BackupStatus;
use crate::cache::LicenseCache;
use crate::certificate::CertificateMonitor;
use crate::current_share::CurrentShare;
use crate::customer_page::CustomerPageThrottle;
use crate::error::{is_deadlock, is_locked};
use crate::inspection::SchemaState;
use crate::leader_election::Leases;
use crate::license::CreateRequest;
use crate::machine::{ActivateMachine, LastSyncLoader, MachineCache};
use crate::mail::{MailAttempts, Mailer};
use crate::secrets::{Keyring, MasterKey, Purpose};
use crate::store::batch_loader::BatchLoader;
use crate::store::entity::{instance, users};
use crate::store::group_commit::GroupCommit;
use crate::store::{ALLOW_SEQ_SCANS, Options, Store, WriteTxn};
use crate::usage::UsageCounter;
use crate::version::VERSION;
use crate::webhook::{AttemptCounts, Webhooks};
use crate::{Clock, Error, OperatorNotices, Result, new_id, signing};

/// PostgreSQL's advisory lock of migrations: one node migrates while others wait.
const MIGRATION_LOCK: i64 = 0x00C0_0753_1616;
/// Maximum number of attempts of migrations that time out at a lock: two minutes with their waits.
const MAX_MIGRATION_ATTEMPTS: u32 = 40;
const MIGRATION_RETRY_DELAY: Duration = Duration::from_secs(1);

/// The argument of every use case. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

/// The shared parts of a [`Service`].
pub struct Inner {
    pub(crate) store: Store,
    pub(crate) options: Options,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) clock: Clock,
    pub(crate) cache: LicenseCache,
    pub(crate) usage: UsageCounter,
    pub(crate) machine_cache: MachineCache,
    pub(crate) license_loader: BatchLoader<LicenseLoader>,
    pub(crate) former_keys: FormerKeyCache,
    pub(crate) last_sync_loader: BatchLoader<LastSyncLoader>,
    pub(crate) domain_activations: GroupCommit<ActivateDomain>,
    pub(crate) machine_activations: GroupCommit<ActivateMachine>,
    pub(crate) new_licenses: GroupCommit<CreateRequest>,
    /// Bearer tokens that were used lately.
    pub(crate) access: AccessCache,
    pub(crate) leases: Leases,
    /// This node's share of the rate limits.
    pub(crate) limit_share: CurrentShare,
    pub(crate) sign_in_throttle: SignInThrottle,
    pub(crate) sign_in_failures: SignInFailures,
    pub(crate) customer_page_throttle: CustomerPageThrottle,
    pub(crate) signing_keys: signing::SigningKeyCache,
    /// Wakes the worker of bulk jobs and imports in this process.
    pub(crate) bulk_job_started: Notify,
    /// When this process opened the database.
    pub(crate) started_at: Timestamp,
    /// Empty if this process sends no mail.
    pub(crate) mailer: OnceLock<Mailer>,
    pub(crate) mail_attempts: MailAttempts,
    /// Empty if this process knows no webhooks.
    pub(crate) webhooks: OnceLock<Webhooks>,
    pub(crate) webhook_attempts: AttemptCounts,
    /// Who may sign up. Empty until it is set, which is `Closed`.
    pub(crate) sign_up: OnceLock<SignUpPolicy>,
    backups: BackupStatus,
    certificate: CertificateMonitor,
    notices: OperatorNotices,
    settings: OnceLock<Vec<(String, String)>>,
    /// The languages of the binary, and the same with those of the operator's folder.
    built_in_locales: Locales,
    locales: OnceLock<Locales>,
    instance: Uuid,
}

impl Deref for Service {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Service {
    /// Connects, migrates the schema, and checks that the master key belongs to the database.
    ///
    /// # Errors
    /// Returns an error if the database cannot be reached or migrated, or if the master key is
    /// wrong; [`Error::NewerDatabase`] if a newer version has migrated it.
    pub async fn open<M: MigratorTrait>(
        options: Options,
        master: &MasterKey,
        cache_bytes: u64,
        clock: Clock,
    ) -> Result<Self> {
        let store = Store::open(&options).await?;
        let built_in_locales = Locales::built_in().map_err(Error::Internal)?;
        let mut keys = Keyring::new(master);
        // The machine cache gets the other quarter.
        let cache = LicenseCache::new(cache_bytes / 4 * 3);
        let txn = migrate_all::<M>(&store, &cache, &clock).await?;
        let instance = load_or_init_instance(&txn, &mut keys, clock.now()).await?;
        txn.commit().await?;
        let usage = UsageCounter::new(cache.evicted_dirty_bytes());
        let licenses = BatchLoader::start(LicenseLoader { store: store.clone(), cache: cache.clone() });
        let seats = BatchLoader::start(LastSyncLoader(store.clone()));
        let domain_slots = GroupCommit::start(&store, &cache, &clock);
        let machine_seats = GroupCommit::start(&store, &cache, &clock);
        let new_licenses = GroupCommit::start(&store, &cache, &clock);
        let limit_share = CurrentShare::default();
        Ok(Self(Arc::new(Inner {
            store,
            options,
            keys: Arc::new(keys),
            cache,
            usage,
            machine_cache: MachineCache::new(cache_bytes / 4),
            license_loader: licenses,
            former_keys: FormerKeyCache::default(),
            last_sync_loader: seats,
            domain_activations: domain_slots,
            machine_activations: machine_seats,
            new_licenses,
            access: AccessCache::default(),
            leases: Leases::new(new_id()),
            sign_in_throttle: SignInThrottle::new(&limit_share),
            sign_in_failures: SignInFailures::default(),
            customer_page_throttle: CustomerPageThrottle::new(&limit_share),
            limit_share,
            signing_keys: signing::SigningKeyCache::default(),
            bulk_job_started: Notify::new(),
            started_at: clock.now(),
            mailer: OnceLock::new(),
            mail_attempts: MailAttempts::default(),
            webhooks: OnceLock::new(),
            webhook_attempts: AttemptCounts::default(),
            sign_up: OnceLock::new(),
            backups: BackupStatus::default(),
            certificate: CertificateMonitor::default(),
            notices: OperatorNotices::default(),
            settings: OnceLock::new(),
            built_in_locales,
            locales: OnceLock::new(),
            clock,
            instance,
        })))
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the keys derived from the master key.
    #[must_use]
    pub fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// Returns the instance's id, which is created with its database.
    #[must_use]
    pub fn instance(&self) -> Uuid {
        self.instance
    }

    /// Returns this node's share of the rate limits.
    #[must_use]
    pub fn limit_share(&self) -> &CurrentShare {
        &self.limit_share
    }

    /// Returns the notices to the operator.
    #[must_use]
    pub fn notices(&self) -> &OperatorNotices {
        &self.notices
    }

    /// Stores the settings of this process for the operator's page, with secrets masked. Later calls change
    /// nothing.
    pub fn set_settings(&self, settings: Vec<(String, String)>) {
        let _ = self.settings.set(settings);
    }

    /// Returns the settings of this process: names and masked values.
    pub(crate) fn settings(&self) -> &[(String, String)] {
        self.settings.get().map(Vec::as_slice).unwrap_or_default()
    }

    /// Sets the languages of the customer's page. Later calls change nothing.
    pub fn set_locales(&self, locales: Locales) {
        let _ = self.locales.set(locales);
    }

    /// Returns the languages of the customer's page.
    #[must_use]
    pub fn locales(&self) -> &Locales {
        self.locales.get().unwrap_or(&self.built_in_locales)
    }

    /// Returns the status of scheduled backups.
    #[must_use]
    pub fn backups(&self) -> &BackupStatus {
        &self.backups
    }

    /// Returns the state of the certificate that this process serves.
    #[must_use]
    pub fn certificate(&self) -> &CertificateMonitor {
        &self.certificate
    }

    /// Returns the set-up code.
    #[must_use]
    pub fn setup_code(&self) -> String {
        self.keys.setup_code(self.instance)
    }

    /// Returns whether no user exists yet.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn needs_setup(&self) -> Result<bool> {
        Ok(users::Entity::find().count(self.store.read()).await? == 0)
    }

    /// Checks that the database responds.
    ///
    /// # Errors
    /// Returns an error if it does not.
    pub async fn ping(&self) -> Result<()> {
        self.store.read().execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Returns whether the workers of batches take requests.
    #[must_use]
    pub fn workers_are_running(&self) -> bool {
        self.domain_activations.is_running()
            && self.machine_activations.is_running()
            && self.new_licenses.is_running()
            && self.license_loader.is_running()
            && self.last_sync_loader.is_running()
    }

    /// Closes the connections after their current statements.
    pub async fn close(&self) {
        self.store.close().await;
    }

    pub(crate) async fn begin_write(&self) -> Result<WriteTxn> {
        WriteTxn::begin(&self.store, &self.cache, &self.clock).await
    }
}

/// Runs all pending migrations and returns the transaction of the last one.
async fn migrate_all<M: MigratorTrait>(
    store: &Store,
    cache: &LicenseCache,
    clock: &Clock,
) -> Result<WriteTxn> {
    let mut attempt = 1;
    let mut applied = 0;
    loop {
        let txn = WriteTxn::begin(store, cache, clock).await?;
        match migrate_next::<M>(store, &txn).await {
            Ok(0) => return Ok(txn),
            Ok(1) => {
                note_version(store, &txn).await?;
                tracing::info!(applied = applied + 1, "database schema migrated");
                return Ok(txn);
            }
            Ok(_) => {
                applied += 1;
                txn.commit().await?;
            }
            // A running node can hold what the migration waits for, and wait for what the migration holds.
            Err(error) if (is_locked(&error) || is_deadlock(&error)) && attempt < MAX_MIGRATION_ATTEMPTS => {
                tracing::warn!(
                    attempt,
                    "migration waits for a table that another connection uses; retried in 1 s"
                );
                attempt += 1;
                drop(txn);
                tokio::time::sleep(MIGRATION_RETRY_DELAY).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Runs the next pending migration. Returns the number that was pending. Each migration is committed
/// by itself, so that running nodes wait for at most one.
///
/// A statement waits at most two seconds for a lock: every later statement on the table queues
/// behind it, also those of running nodes.
async fn migrate_next<M: MigratorTrait>(store: &Store, txn: &WriteTxn) -> Result<usize> {
    if !store.is_sqlite() {
        // A migration, and the wait for another node's migration, may exceed the timeouts of
        // requests.
        txn.conn().execute_unprepared(&format!("{ALLOW_SEQ_SCANS}; SET LOCAL lock_timeout = 0")).await?;
        let lock = "SELECT pg_advisory_xact_lock($1)";
        let lock = Statement::from_sql_and_values(store.backend(), lock, [MIGRATION_LOCK.into()]);
        txn.conn().execute_raw(lock).await?;
        txn.conn().execute_unprepared("SET LOCAL lock_timeout = '2s'").await?;
    }
    refuse_newer::<M>(txn).await?;
    let pending = M::get_pending_migrations(txn.conn()).await?.len();
    if pending > 0 {
        M::up(txn.conn(), Some(1)).await?;
    }
    Ok(pending)
}

/// Refuses a database with migrations of a newer version. The migrator would refuse it by the names of files.
async fn refuse_newer<M: MigratorTrait>(txn: &WriteTxn) -> Result<()> {
    let mut schema = SchemaState::read::<M>(txn.conn()).await?;
    match schema.unknown.pop() {
        Some(migration) => {
            Err(Error::NewerDatabase { database: schema.migrated_by, program: VERSION, migration })
        }
        None => Ok(()),
    }
}

/// Stores the version that has migrated the schema, which older versions name when they refuse the database.
async fn note_version(store: &Store, txn: &WriteTxn) -> Result<()> {
    let sql = "UPDATE instance SET migrated_by = $1 WHERE id = 1";
    txn.conn().execute_raw(Statement::from_sql_and_values(store.backend(), sql, [VERSION.into()])).await?;
    Ok(())
}

/// The instance's id; makes its row on a new database.
async fn load_or_init_instance(txn: &WriteTxn, keys: &mut Keyring, now: Timestamp) -> Result<Uuid> {
    if let Some(row) = instance::Entity::find_by_id(1).one(txn.conn()).await? {
        keys.open(Purpose::KeyCheck, row.instance_id, &row.key_check)
            .map_err(|_| Error::wrong_master_key())?;
        if let Some(sealed) = &row.token_key_sealed {
            keys.open_token_key(row.instance_id, sealed)?;
        }
        if let Some(sealed) = &row.next_key_sealed {
            keys.begin_rotation(&keys.open_next_key(row.instance_id, sealed)?);
        }
        return Ok(row.instance_id);
    }
    let id = new_id();
    instance::ActiveModel {
        id: Set(1),
        instance_id: Set(id),
        key_check: Set(keys.seal(Purpose::KeyCheck, id, b"countersign")?),
        created_at: Set(now.millis()),
        migrated_by: Set(Some(VERSION.to_owned())),
        ..Default::default()
    }
    .insert(txn.conn())
    .await?;
    Ok(id)
}
