//! The engine that both faces share.

use std::ops::Deref;
use std::sync::Arc;

use domain::Timestamp;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, Set, Statement,
};
use sea_orm_migration::MigratorTrait;
use uuid::Uuid;

use crate::account::throttle::SignInThrottle;
use crate::activation::{ActivateDomain, LicenseLoader};
use crate::cache::LicenseCache;
use crate::leader_election::Leases;
use crate::machine::{ActivateMachine, LastSyncLoader, MachineCache};
use crate::secrets::{Keyring, MasterKey, Purpose};
use crate::store::batch_loader::BatchLoader;
use crate::store::entity::{instance, users};
use crate::store::group_commit::GroupCommit;
use crate::store::{ALLOW_SEQ_SCANS, Options, Store, WriteTxn};
use crate::usage::UsageCounter;
use crate::{Clock, Error, Result, new_id, signing};

/// PostgreSQL's advisory lock under which one node migrates while others wait.
const MIGRATION_LOCK: i64 = 0x00C0_0753_1616;

/// All that use cases stand on. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

/// What a [`Service`] holds.
pub struct Inner {
    pub(crate) store: Store,
    pub(crate) options: Options,
    pub(crate) keys: Keyring,
    pub(crate) clock: Clock,
    pub(crate) cache: LicenseCache,
    pub(crate) usage: UsageCounter,
    pub(crate) machine_cache: MachineCache,
    pub(crate) license_loader: BatchLoader<LicenseLoader>,
    pub(crate) last_sync_loader: BatchLoader<LastSyncLoader>,
    pub(crate) domain_activations: GroupCommit<ActivateDomain>,
    pub(crate) machine_activations: GroupCommit<ActivateMachine>,
    pub(crate) leases: Leases,
    pub(crate) sign_in_throttle: SignInThrottle,
    pub(crate) signing_keys: signing::SigningKeyCache,
    instance: Uuid,
}

impl Deref for Service {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Service {
    /// Connects, brings the schema up to date, and checks that the master key
    /// is the one this database was made with.
    ///
    /// # Errors
    /// When the database can't be reached or migrated, or the key is another.
    pub async fn open<M: MigratorTrait>(
        options: Options,
        master: &MasterKey,
        cache_bytes: u64,
        clock: Clock,
    ) -> Result<Self> {
        let store = Store::open(&options).await?;
        let keys = Keyring::new(master);
        // Machines take the rest.
        let cache = LicenseCache::new(cache_bytes / 4 * 3);
        let txn = loop {
            let txn = WriteTxn::begin(&store, &cache, &clock).await?;
            if migrate::<M>(&store, &txn).await? {
                break txn;
            }
            txn.commit().await?;
        };
        let instance = load_or_init_instance(&txn, &keys, clock.now()).await?;
        txn.commit().await?;
        let tally = UsageCounter::new(cache.evicted_dirty_bytes());
        let licenses = BatchLoader::start(LicenseLoader { store: store.clone(), cache: cache.clone() });
        let seats = BatchLoader::start(LastSyncLoader(store.clone()));
        let domain_slots = GroupCommit::start(&store, &cache, &clock);
        let machine_seats = GroupCommit::start(&store, &cache, &clock);
        Ok(Self(Arc::new(Inner {
            store,
            options,
            keys,
            cache,
            usage: tally,
            machine_cache: MachineCache::new(cache_bytes / 4),
            license_loader: licenses,
            last_sync_loader: seats,
            domain_activations: domain_slots,
            machine_activations: machine_seats,
            leases: Leases::new(new_id()),
            sign_in_throttle: SignInThrottle::default(),
            signing_keys: signing::SigningKeyCache::default(),
            clock,
            instance,
        })))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The keys derived from the master key.
    #[must_use]
    pub fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// The instance's id, fixed when its database was made.
    #[must_use]
    pub fn instance(&self) -> Uuid {
        self.instance
    }

    /// The code that guards the first run.
    #[must_use]
    pub fn setup_code(&self) -> String {
        self.keys.setup_code(self.instance)
    }

    /// Whether nobody can sign in yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn needs_setup(&self) -> Result<bool> {
        Ok(users::Entity::find().count(self.store.read()).await? == 0)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn ping(&self) -> Result<()> {
        self.store.read().execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Closes the connections, after what is under way on them.
    pub async fn close(&self) {
        self.store.close().await;
    }

    pub(crate) async fn begin_write(&self) -> Result<WriteTxn> {
        WriteTxn::begin(&self.store, &self.cache, &self.clock).await
    }
}

/// Brings the schema one migration further; whether it is up to date. Each is committed by
/// itself: nodes that run on wait no longer for one of them than it takes.
async fn migrate<M: MigratorTrait>(store: &Store, txn: &WriteTxn) -> Result<bool> {
    if !store.is_sqlite() {
        // A migration may take longer than any statement of a request, and so may
        // the wait for another node's.
        txn.conn().execute_unprepared(&format!("{ALLOW_SEQ_SCANS}; SET LOCAL lock_timeout = 0")).await?;
        let lock = "SELECT pg_advisory_xact_lock($1)";
        let lock = Statement::from_sql_and_values(store.backend(), lock, [MIGRATION_LOCK.into()]);
        txn.conn().execute_raw(lock).await?;
    }
    let pending = M::get_pending_migrations(txn.conn()).await?.len();
    if pending > 0 {
        M::up(txn.conn(), Some(1)).await?;
    }
    Ok(pending <= 1)
}

/// The instance's id; makes its row on a new database.
async fn load_or_init_instance(txn: &WriteTxn, keys: &Keyring, now: Timestamp) -> Result<Uuid> {
    if let Some(row) = instance::Entity::find_by_id(1).one(txn.conn()).await? {
        let opened = keys.open(Purpose::KeyCheck, row.instance_id, &row.key_check);
        return opened.map(|_| row.instance_id).map_err(|_| {
            Error::invalid(
                "master_key",
                "This database was made under another master key. Restore the file master.key that belongs to it.",
            )
        });
    }
    let id = new_id();
    instance::ActiveModel {
        id: Set(1),
        instance_id: Set(id),
        key_check: Set(keys.seal(Purpose::KeyCheck, id, b"countersign")?),
        created_at: Set(now.millis()),
    }
    .insert(txn.conn())
    .await?;
    Ok(id)
}
