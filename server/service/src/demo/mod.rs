//! Believable data: an account with three products, licenses in every standing,
//! their activations, and 90 days of history.

mod bulk_load;
mod license_factory;
mod names;
mod tables;

use domain::bounded_text::Name;
use domain::event::Event;
use domain::license::Limit;
use domain::permission::Role;
use domain::product::{ProductSettings, Slug, ValidityDays};
use domain::view::ProductView;
use domain::{Email, KeyPrefix};
use sea_orm::{ActiveModelTrait as _, ActiveValue, EntityTrait as _, Set, Statement};
use tokio::sync::mpsc;

use crate::account::{NewUser, add_user};
use crate::store::entity::{daily_counts, outbox_events, products};
use crate::{Actor, Error, Principal, Result, Service, new_id, product, random};
use bulk_load::BulkLoad;
use license_factory::LicenseFactory;
use names::NameGenerator;
use tables::TableRows;

/// Licenses handed over at once.
const LICENSES_PER_BATCH: u32 = 2000;
const MINUTES_A_DAY: i64 = 24 * 60;
/// Days of history.
const DAYS: i32 = 90;

/// What the demo made, and how to get at it.
pub struct DemoResult {
    /// The seller's address.
    pub email: String,
    /// The seller's password, new each time.
    pub password: String,
    /// Licenses made.
    pub licenses: u32,
    /// The key of a license in force.
    pub key: String,
    /// A domain it is active on.
    pub domain: String,
}

/// Fills an empty instance. Each key that is active on a domain is told with it.
///
/// # Errors
/// Those of the database.
pub async fn create(service: &Service, count: u32, mut tell: impl FnMut(&str, &str)) -> Result<DemoResult> {
    let email = "ada@northwind.example";
    let password = random::token();
    let user = NewUser {
        email: Email::parse(email)?,
        name: Name::parse("name", "Ada Keller")?,
        account: Name::parse("account", "Northwind Software")?,
        role: Role::Owner,
        is_operator: true,
        password: password.clone(),
    };
    let (account, user) = add_user(service, user, Principal::Operator).await?;
    let actor = Actor {
        account,
        principal: Principal::Member { user, name: "Ada Keller".into(), role: Role::Owner },
    };
    let mut made = Vec::new();
    for (name, slug, prefix, domains, days) in [
        ("Aurora Forms", "aurora-forms", "AUR", 3, Some(365)),
        ("Tidepool Theme", "tidepool-theme", "TIDE", 1, None),
        ("Lattice Backup", "lattice-backup", "LAT", 5, Some(365)),
    ] {
        let name = Name::parse("name", name)?;
        let settings = ProductSettings {
            slug: Slug::parse(slug)?,
            domain_limit: Limit::new(domains),
            validity: days.map(ValidityDays::from_storage),
            key_prefix: KeyPrefix::parse(prefix)?,
            ..ProductSettings::with_name(name)
        };
        made.push(product::create(service, &actor, settings).await?);
    }
    let (way, mut batches) = mpsc::channel(2);
    let crew = DemoContext { service: service.clone(), actor: actor.clone(), products: made.clone() };
    // Made on one thread and written by another.
    let making = tokio::task::spawn_blocking(move || crew.make(count, &way));
    let filled: Result<_> = async {
        let filling = BulkLoad::begin(service, count).await?;
        while let Some((statements, keys)) = batches.recv().await {
            for (key, domain) in &keys {
                tell(key, domain);
            }
            filling.insert(statements).await?;
        }
        let work = making.await.map_err(|e| Error::Internal(format!("demo: {e}")))??;
        let txn = filling.txn();
        for (product, count) in made.iter().zip(work.counts) {
            let row = products::ActiveModel {
                id: ActiveValue::Unchanged(product.id.0),
                license_count: Set(count),
                ..Default::default()
            };
            row.update(txn.conn()).await?;
        }
        let mut cast = work.cast;
        daily_counts::Entity::insert_many(history(service, &actor, &mut cast, work.verified))
            .exec_without_returning(txn.conn())
            .await?;
        // A server that runs on this database learns of it.
        let event = outbox_events::ActiveModel {
            id: Set(new_id()),
            account_id: Set(account.0),
            license_id: Set(None),
            product_id: Set(None),
            kind: Set(Event::LicenseIssued.as_str().into()),
            payload: Set(serde_json::json!({ "count": count }).to_string()),
            created_at: Set(txn.now().millis()),
            ..Default::default()
        };
        event.insert(txn.conn()).await?;
        filling.finish().await?;
        Ok(work.sample)
    }
    .await;
    // Whatever came of it.
    let at_ease = bulk_load::disable_durability(service, count, false).await;
    if filled.is_err() {
        bulk_load::drop_partial(service).await?;
    }
    let (key, domain) = filled?.unwrap_or_default();
    bulk_load::analyze(service).await;
    if let Err(error) = at_ease {
        tracing::warn!(%error, "demo data is complete but may not be synced to disk; WAL checkpoint or settings failed");
    }
    Ok(DemoResult { email: email.into(), password, licenses: count, key, domain })
}

/// A key, and a domain it is active on.
type Sample = (String, String);

/// Who makes it.
struct DemoContext {
    service: Service,
    actor: Actor,
    products: Vec<ProductView>,
}

/// What was made.
struct DemoBatch {
    cast: NameGenerator,
    /// Licenses, by product.
    counts: Vec<i64>,
    verified: i64,
    sample: Option<Sample>,
}

impl DemoContext {
    fn make(self, count: u32, way: &mpsc::Sender<(Vec<Statement>, Vec<Sample>)>) -> Result<DemoBatch> {
        let Self { service, actor, products } = &self;
        let mut work = DemoBatch {
            cast: NameGenerator::new(),
            counts: vec![0; products.len()],
            verified: 0,
            sample: None,
        };
        let mut n = 0;
        while n < count {
            let (mut rows, mut keys) = (TableRows::default(), Vec::new());
            for _ in 0..LICENSES_PER_BATCH.min(count - n) {
                let which = work.cast.pick(&[5, 3, 2]);
                work.counts[which] += 1;
                let product = &products[which];
                // The oldest first: ids that rise are written at the end of their indexes.
                let age = i64::from(count - n) * i64::from(DAYS) * MINUTES_A_DAY / i64::from(count);
                n += 1;
                let cast = &mut work.cast;
                let (rows, verified) = (&mut rows, &mut work.verified);
                keys.extend(LicenseFactory { service, actor, product, cast, rows, verified }.license(age)?);
            }
            work.sample = work.sample.or_else(|| keys.first().cloned());
            if way.blocking_send((rows.statements(service.store.backend()), keys)).is_err() {
                // Whoever wrote gave up, and says why.
                break;
            }
        }
        Ok(work)
    }
}

/// Daily counts with weekends and a slow rise, that add up to so many valid ones.
fn history(
    service: &Service,
    actor: &Actor,
    cast: &mut NameGenerator,
    verified: i64,
) -> Vec<daily_counts::ActiveModel> {
    let today = service.now().day();
    let days: Vec<(i32, i64)> = ((today - DAYS + 1)..=today)
        .map(|day| {
            let base = if matches!(day.rem_euclid(7), 2 | 3) { 50 } else { 90 };
            (day, base * i64::from(60 + day - (today - DAYS)) / 10 + i64::from(cast.below(90)))
        })
        .collect();
    let all: i64 = days.iter().map(|(_, weight)| weight).sum();
    let (mut rows, mut weights, mut written) = (Vec::new(), 0, 0);
    for (day, weight) in days {
        weights += weight;
        let valid = verified * weights / all.max(1) - written;
        written += valid;
        for (outcome, count) in [
            ("valid", valid),
            ("invalid_domain", valid / 40 + i64::from(cast.below(9))),
            ("expired", valid / 60 + i64::from(cast.below(5))),
            ("suspended", valid / 90 + i64::from(cast.below(4))),
        ] {
            rows.push(daily_counts::ActiveModel {
                account_id: Set(actor.account.0),
                day: Set(day),
                outcome: Set(outcome.into()),
                count: Set(count),
            });
        }
    }
    rows
}
