//! Demo data: an account with three products, licenses in every standing, their activations and
//! 90 days of history.

mod bulk_load;
mod license_factory;
mod names;
mod tables;

use domain::bounded_text::Name;
use domain::event::Event;
use domain::license::Limit;
use domain::permission::Role;
use domain::product::{ProductSettings, Slug};
use domain::view::ProductView;
use domain::{Email, KeyPrefix};
use sea_orm::{ActiveModelTrait as _, ActiveValue, EntityTrait as _, Set, Statement};
use tokio::sync::mpsc;

use crate::account::{NewUser, add_user};
use crate::store::entity::{daily_counts, outbox_events, products};
use crate::usage::ACTIVATED;
use crate::{Actor, Error, Principal, Result, Service, audit, new_id, product, random};
use bulk_load::BulkLoad;
use license_factory::LicenseFactory;
use names::NameGenerator;
use tables::TableRows;

/// Licenses per batch sent to the writer.
const LICENSES_PER_BATCH: u32 = 2000;
const MINUTES_A_DAY: i64 = 24 * 60;
/// Length of the history, in days.
const DAYS: i32 = 90;

/// The generated demo data and the credentials to use it.
pub struct DemoResult {
    /// The seller's e-mail address.
    pub email: String,
    /// The seller's password, generated on each run.
    pub password: String,
    /// Number of licenses.
    pub licenses: u32,
    /// The key of an active license.
    pub key: String,
    /// A domain on index the license is activated.
    pub domain: String,
}

/// Fills an empty instance. Calls `report` with each key that is activated on a domain, and the
/// domain.
///
/// # Errors
/// Returns [`Error`] if the database fails.
pub async fn create(service: &Service, count: u32, mut report: impl FnMut(&str, &str)) -> Result<DemoResult> {
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
        principal: Principal::Member { user, name: "Ada Keller".into(), role: Role::Owner, ip: None },
    };
    let mut created = Vec::new();
    for (name, slug, prefix, domains, months) in [
        ("Aurora Forms", "aurora-forms", "AUR", 3, Some(12)),
        ("Tidepool Theme", "tidepool-theme", "TIDE", 1, None),
        ("Lattice Backup", "lattice-backup", "LAT", 5, Some(12)),
    ] {
        let name = Name::parse("name", name)?;
        let settings = ProductSettings {
            slug: Slug::parse(slug)?,
            slug_is_suggested: false,
            domain_limit: Limit::new(domains),
            validity: months.and_then(domain::Period::from_months),
            key_prefix: KeyPrefix::parse(prefix)?,
            ..ProductSettings::with_name(name)
        };
        created.push(product::create(service, &actor, settings).await?);
    }
    let (sender, mut batches) = mpsc::channel(2);
    let context = DemoContext { service: service.clone(), actor: actor.clone(), products: created.clone() };
    // Generates rows on one thread and writes them on another.
    let generator = tokio::task::spawn_blocking(move || context.generate(count, &sender));
    let result: Result<_> = async {
        let load = BulkLoad::begin(service, count).await?;
        while let Some((statements, keys)) = batches.recv().await {
            for (key, domain) in &keys {
                report(key, domain);
            }
            load.insert(statements).await?;
        }
        let totals = generator.await.map_err(|e| Error::Internal(format!("demo: {e}")))??;
        let txn = load.txn();
        for (product, count) in created.iter().zip(totals.counts) {
            let row = products::ActiveModel {
                id: ActiveValue::Unchanged(product.id.0),
                license_count: Set(count),
                ..Default::default()
            };
            row.update(txn.conn()).await?;
        }
        let mut names = totals.names;
        daily_counts::Entity::insert_many(history(service, &actor, &mut names, totals.verified))
            .exec_without_returning(txn.conn())
            .await?;
        // Entries of the demo lie before those that a running server may have sealed.
        audit::restart(txn, account).await?;
        // Notifies servers that run on this database.
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
        load.finish().await?;
        Ok(totals.sample)
    }
    .await;
    // Also after an error.
    let restored = bulk_load::disable_durability(service, count, false).await;
    if result.is_err() {
        bulk_load::drop_partial(service).await?;
    }
    let (key, domain) = result?.unwrap_or_default();
    bulk_load::vacuum(service).await;
    if let Err(error) = restored {
        tracing::warn!(%error, "demo data is complete but may not be synced to disk; WAL checkpoint or settings failed");
    }
    Ok(DemoResult { email: email.into(), password, licenses: count, key, domain })
}

/// A key and a domain on index it is activated.
type Sample = (String, String);

/// The input of the generator.
struct DemoContext {
    service: Service,
    actor: Actor,
    products: Vec<ProductView>,
}

/// Totals of the generated data.
struct DemoBatch {
    names: NameGenerator,
    /// Number of licenses, by product.
    counts: Vec<i64>,
    verified: i64,
    sample: Option<Sample>,
}

impl DemoContext {
    fn generate(self, count: u32, sender: &mpsc::Sender<(Vec<Statement>, Vec<Sample>)>) -> Result<DemoBatch> {
        let Self { service, actor, products } = &self;
        let mut totals = DemoBatch {
            names: NameGenerator::new(),
            counts: vec![0; products.len()],
            verified: 0,
            sample: None,
        };
        let mut n = 0;
        while n < count {
            let (mut rows, mut keys) = (TableRows::default(), Vec::new());
            for _ in 0..LICENSES_PER_BATCH.min(count - n) {
                let index = totals.names.pick(&[5, 3, 2]);
                totals.counts[index] += 1;
                let product = &products[index];
                // Oldest first, because ascending ids are appended at the end of the indexes.
                let age = i64::from(count - n) * i64::from(DAYS) * MINUTES_A_DAY / i64::from(count);
                n += 1;
                let names = &mut totals.names;
                let (rows, verified) = (&mut rows, &mut totals.verified);
                keys.extend(LicenseFactory { service, actor, product, names, rows, verified }.license(age)?);
            }
            totals.sample = totals.sample.or_else(|| keys.first().cloned());
            if sender.blocking_send((rows.statements(service.store.backend()), keys)).is_err() {
                // The writer has stopped; `create` returns its error.
                break;
            }
        }
        Ok(totals)
    }
}

/// Generates daily counts with weekends and a slow rise. The valid counts add up to `verified`.
fn history(
    service: &Service,
    actor: &Actor,
    names: &mut NameGenerator,
    verified: i64,
) -> Vec<daily_counts::ActiveModel> {
    let today = service.now().day();
    let days: Vec<(i32, i64)> = ((today - DAYS + 1)..=today)
        .map(|day| {
            let base = if matches!(day.rem_euclid(7), 2 | 3) { 50 } else { 90 };
            (day, base * i64::from(60 + day - (today - DAYS)) / 10 + i64::from(names.below(90)))
        })
        .collect();
    let total: i64 = days.iter().map(|(_, weight)| weight).sum();
    let (mut rows, mut weights, mut written) = (Vec::new(), 0, 0);
    for (day, weight) in days {
        weights += weight;
        let valid = verified * weights / total.max(1) - written;
        written += valid;
        for (outcome, count) in [
            ("valid", valid),
            ("invalid_domain", valid / 40 + i64::from(names.below(9))),
            ("expired", valid / 60 + i64::from(names.below(5))),
            ("suspended", valid / 90 + i64::from(names.below(4))),
            ("limit_reached", valid / 130 + i64::from(names.below(3))),
            (ACTIVATED, valid / 700 + i64::from(names.below(6))),
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
