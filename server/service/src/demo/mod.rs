//! Believable data: an account with three products, licenses in every standing,
//! their activations, and 90 days of history.

mod cast;
mod maker;

use domain::event::Event;
use domain::license::Limit;
use domain::permission::Role;
use domain::product::{Settings, Slug, ValidityDays};
use domain::text::Name;
use domain::{Email, KeyPrefix};
use sea_orm::{ActiveModelTrait as _, ActiveValue, ConnectionTrait as _, EntityTrait, Set};

use crate::account::{NewUser, add_user};
use crate::store::WriteTxn;
use crate::store::entity::{daily_counts, outbox_events, products};
use crate::{Actor, By, Error, Result, Service, new_id, product, random};
use cast::Cast;
use maker::{Maker, Rows};

/// Licenses made in one transaction.
const BATCH: usize = 2000;
/// Rows in one statement: PostgreSQL takes 65,535 values, SQLite 32,766.
const ROWS: usize = 1000;
const MINUTES_A_DAY: i64 = 24 * 60;
/// Days of history.
const DAYS: i32 = 90;

/// What the demo made, and how to get at it.
pub struct Demo {
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
pub async fn fill(service: &Service, count: u32, mut tell: impl FnMut(&str, &str)) -> Result<Demo> {
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
    let (account, user) = add_user(service, user, By::Shell).await?;
    let actor = Actor { account, by: By::Member { user, name: "Ada Keller".into(), role: Role::Owner } };
    let mut made = Vec::new();
    for (name, slug, prefix, domains, days) in [
        ("Aurora Forms", "aurora-forms", "AUR", 3, Some(365)),
        ("Tidepool Theme", "tidepool-theme", "TIDE", 1, None),
        ("Lattice Backup", "lattice-backup", "LAT", 5, Some(365)),
    ] {
        let name = Name::parse("name", name)?;
        let settings = Settings {
            slug: Slug::parse(slug)?,
            domain_limit: Limit::of(domains),
            validity: days.map(ValidityDays::from_storage),
            key_prefix: KeyPrefix::parse(prefix)?,
            ..Settings::named(name)
        };
        made.push(product::create(service, &actor, settings).await?);
    }
    let mut cast = Cast::new();
    let (mut sample, mut n) = (None, 0u32);
    let mut counts = vec![0i64; made.len()];
    let mut left = count;
    hurry(service, true).await?;
    let filled: Result<()> = async {
        while left > 0 {
            let batch = left.min(u32::try_from(BATCH).unwrap_or(left));
            left -= batch;
            let mut rows = Rows::default();
            for _ in 0..batch {
                let which = cast.pick(&[5, 3, 2]);
                counts[which] += 1;
                let product = &made[which];
                // The oldest first: ids that rise are written at the end of their indexes.
                let age = i64::from(count - n) * i64::from(DAYS) * MINUTES_A_DAY / i64::from(count);
                n += 1;
                let key = Maker { service, actor: &actor, product, cast: &mut cast, rows: &mut rows }
                    .license(age)?;
                if let Some((key, domain)) = &key {
                    tell(key, domain);
                }
                if sample.is_none() {
                    sample = key;
                }
            }
            insert(service.write().await?, rows).await?;
        }
        Ok(())
    }
    .await;
    // Whatever came of it.
    hurry(service, false).await?;
    filled?;
    let txn = service.write().await?;
    for (product, count) in made.iter().zip(counts) {
        let row = products::ActiveModel {
            id: ActiveValue::Unchanged(product.id.0),
            license_count: Set(count),
            ..Default::default()
        };
        row.update(txn.conn()).await?;
    }
    daily_counts::Entity::insert_many(history(service, &actor, &mut cast, count))
        .exec_without_returning(txn.conn())
        .await?;
    txn.commit().await?;
    let (key, domain) = sample.unwrap_or_default();
    Ok(Demo { email: email.into(), password, licenses: count, key, domain })
}

/// On SQLite, takes memory instead of care while an empty instance is filled, and
/// takes care again after: what breaks off in the middle is begun anew.
async fn hurry(service: &Service, on: bool) -> Result<()> {
    if !service.store.is_sqlite() {
        return Ok(());
    }
    let (synchronous, pages, checkpoint) =
        if on { ("OFF", -400_000, 200_000) } else { ("FULL", -16_000, 1000) };
    let writer = service.store.writer();
    writer
        .execute_unprepared(&format!(
            "PRAGMA synchronous = {synchronous}; PRAGMA cache_size = {pages}; PRAGMA wal_autocheckpoint = {checkpoint}"
        ))
        .await?;
    if !on {
        writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    }
    Ok(())
}

async fn insert(txn: WriteTxn, rows: Rows) -> Result<()> {
    // One event for the batch: a server that runs on this database learns of it.
    let event = outbox_events::ActiveModel {
        id: Set(new_id()),
        account_id: rows.licenses.first().map_or(ActiveValue::NotSet, |l| l.account_id.clone()),
        license_id: Set(None),
        product_id: Set(None),
        kind: Set(Event::LicenseIssued.word().into()),
        payload: Set(serde_json::json!({ "count": rows.licenses.len() }).to_string()),
        created_at: Set(txn.now().millis()),
        ..Default::default()
    };
    many(&txn, rows.customers).await?;
    many(&txn, rows.terms).await?;
    many(&txn, rows.licenses).await?;
    many(&txn, rows.activations).await?;
    many(&txn, rows.audit).await?;
    event.insert(txn.conn()).await?;
    txn.commit().await
}

async fn many<A>(txn: &WriteTxn, rows: Vec<A>) -> Result<()>
where
    A: sea_orm::ActiveModelTrait + Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<A> = rows.by_ref().take(ROWS).collect();
        <A::Entity as EntityTrait>::insert_many(chunk)
            .exec_without_returning(txn.conn())
            .await
            .map_err(Error::from)?;
    }
    Ok(())
}

/// Daily counts with weekends and a slow rise.
fn history(
    service: &Service,
    actor: &Actor,
    cast: &mut Cast,
    licenses: u32,
) -> Vec<daily_counts::ActiveModel> {
    let today = service.now().day();
    let mut rows = Vec::new();
    for day in (today - DAYS + 1)..=today {
        let weekend = matches!(day.rem_euclid(7), 2 | 3);
        let base = i64::from(licenses) * if weekend { 5 } else { 9 };
        let risen =
            base * i64::from(60 + day - (today - DAYS)) / 100 + i64::from(cast.below(licenses.max(1)));
        for (outcome, count) in [
            ("valid", risen),
            ("invalid_domain", risen / 40 + i64::from(cast.below(9))),
            ("expired", risen / 60 + i64::from(cast.below(5))),
            ("suspended", risen / 90 + i64::from(cast.below(4))),
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
