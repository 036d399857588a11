//! Believable data: an account with three products, licenses in every standing,
//! their activations, and 90 days of history.

mod cast;

use domain::activation::Kind;
use domain::event::Event;
use domain::license::Limit;
use domain::permission::Role;
use domain::product::{Settings, Slug, ValidityDays};
use domain::text::Name;
use domain::{Email, KeyPrefix, LicenseKey, Timestamp};
use sea_orm::{ActiveModelTrait as _, ActiveValue, EntityTrait, Set};
use uuid::Uuid;

use crate::account::{NewUser, add_user};
use crate::secrets::Purpose;
use crate::store::WriteTxn;
use crate::store::entity::{
    activations, audit_entries, customer_terms, customers, daily_counts, licenses, outbox_events, products,
};
use crate::{Actor, By, Error, Result, Service, license, new_id, product, random};
use cast::{Cast, Person};

/// Licenses made in one transaction.
const BATCH: usize = 500;
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

/// One license and all that belongs to it, as rows.
#[derive(Default)]
struct Rows {
    customers: Vec<customers::ActiveModel>,
    terms: Vec<customer_terms::ActiveModel>,
    licenses: Vec<licenses::ActiveModel>,
    activations: Vec<activations::ActiveModel>,
    audit: Vec<audit_entries::ActiveModel>,
}

/// Fills an empty instance.
///
/// # Errors
/// Those of the database.
pub async fn fill(service: &Service, count: u32) -> Result<Demo> {
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
    let actor = Actor {
        account,
        by: By::Member {
            user,
            name: "Ada Keller".into(),
            role: Role::Owner,
        },
    };
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
    let mut sample = None;
    let mut counts = vec![0i64; made.len()];
    let mut left = count;
    while left > 0 {
        let batch = left.min(u32::try_from(BATCH).unwrap_or(left));
        left -= batch;
        let mut rows = Rows::default();
        for _ in 0..batch {
            let which = cast.pick(&[5, 3, 2]);
            counts[which] += 1;
            let product = &made[which];
            let key = one(service, &actor, product, &mut cast, &mut rows)?;
            sample = sample.or(key);
        }
        insert(service.write().await?, rows).await?;
    }
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
    Ok(Demo {
        email: email.into(),
        password,
        licenses: count,
        key,
        domain,
    })
}

/// Makes one license; its key and a domain, if it would do as a sample.
fn one(
    service: &Service,
    actor: &Actor,
    product: &domain::view::ProductView,
    cast: &mut Cast,
    rows: &mut Rows,
) -> Result<Option<(String, String)>> {
    let now = service.now();
    // In force, suspended, expired, revoked.
    let fate = cast.pick(&[80, 7, 9, 4]);
    let mut age = i64::from(cast.below(u32::try_from(DAYS).unwrap_or(90) * 24 * 60));
    if fate == 2 {
        // What has expired was issued before.
        age += 31 * 24 * 60;
    }
    let issued = now.plus_millis(-age * 60_000);
    let id = random::id_at(issued);
    let key = LicenseKey::from_random(&product.key_prefix, random::bytes());
    let person = cast.person();
    let customer = add_customer(actor, &person, issued, rows);
    let expires_at = match (fate, product.validity) {
        (2, _) => Some(now.plus_days(-i64::from(cast.below(30)) - 1)),
        (_, Some(validity)) => {
            let year = issued.plus_days(i64::from(validity.days()));
            // Some bought long ago and renew soon.
            Some(if cast.below(4) == 0 {
                now.plus_days(i64::from(cast.below(60)) + 1)
            } else {
                year
            })
        }
        (_, None) => None,
    };
    let (state, reason) = match fate {
        1 => (
            "suspended",
            Some(cast.one_of(&["Payment failed", "Chargeback under review", "Asked by customer"])),
        ),
        3 => (
            "revoked",
            Some(cast.one_of(&["Refunded", "Key was published", "License terms violated"])),
        ),
        _ => ("active", None),
    };
    let state_at = (state != "active").then(|| now.plus_millis(-age * 30_000));
    audit(
        actor,
        rows,
        id,
        Event::LicenseIssued,
        Some(product.name.clone()),
        issued,
        By::clone(&actor.by),
    );
    let limit = product.domain_limit.slots().unwrap_or(1);
    let used = cast.below(limit + 1);
    let mut verified = 0;
    let mut last: Option<Timestamp> = None;
    let mut domain = String::new();
    for n in 0..used {
        domain = person.domain(n);
        let at = issued.plus_millis(i64::from(n + 1) * age * 60_000 / 8);
        let count = i64::from(cast.below(4000));
        let seen = now.plus_millis(-i64::from(cast.below(200)) * 60_000);
        let seen = (count > 0 && state == "active")
            .then_some(seen)
            .filter(|seen| *seen > at);
        verified += if seen.is_some() { count } else { 0 };
        last = last.max(seen);
        rows.activations.push(activations::ActiveModel {
            id: Set(random::id_at(at)),
            account_id: Set(actor.account.0),
            license_id: Set(id),
            kind: Set(Kind::Domain.word().into()),
            subject: Set(domain.clone()),
            takes_slot: Set(true),
            ip: Set(Some(cast.address())),
            verification_count: Set(if seen.is_some() { count } else { 0 }),
            last_verified_at: Set(seen.map(Timestamp::millis)),
            created_at: Set(at.millis()),
        });
        let app = By::App {
            ip: Some(cast.address()),
        };
        audit(
            actor,
            rows,
            id,
            Event::ActivationCreated,
            Some(domain.clone()),
            at,
            app,
        );
    }
    if let Some(at) = state_at {
        let event = if state == "revoked" {
            Event::LicenseRevoked
        } else {
            Event::LicenseSuspended
        };
        audit(
            actor,
            rows,
            id,
            event,
            reason.map(ToOwned::to_owned),
            at,
            By::clone(&actor.by),
        );
    }
    let clear = key.expose().as_bytes();
    rows.licenses.push(licenses::ActiveModel {
        id: Set(id),
        account_id: Set(actor.account.0),
        product_id: Set(product.id.0),
        customer_id: Set(Some(customer)),
        key_digest: Set(service.keys.digest(Purpose::LicenseKey, clear).to_vec()),
        key_sealed: Set(service.keys.seal(Purpose::LicenseKey, id, clear)?),
        last_four: Set(key.last_four()),
        state: Set(state.into()),
        state_at: Set(state_at.map(Timestamp::millis)),
        state_reason: Set(reason.map(ToOwned::to_owned)),
        domain_limit: Set(product.domain_limit.to_storage()),
        machine_limit: Set(product.machine_limit.to_storage()),
        domains_used: Set(i32::try_from(used).unwrap_or(0)),
        machines_used: Set(0),
        expires_at: Set(expires_at.map(Timestamp::millis)),
        verification_count: Set(verified),
        last_verified_at: Set(last.map(Timestamp::millis)),
        created_at: Set(issued.millis()),
        updated_at: Set(state_at.unwrap_or(issued).millis()),
    });
    let good = fate == 0 && used > 0;
    Ok(good.then(|| (key.expose().to_owned(), domain)))
}

fn add_customer(actor: &Actor, person: &Person, at: Timestamp, rows: &mut Rows) -> Uuid {
    let id = random::id_at(at);
    rows.customers.push(customers::ActiveModel {
        id: Set(id),
        account_id: Set(actor.account.0),
        email: Set(Some(person.email())),
        name: Set(Some(person.name())),
        created_at: Set(at.millis()),
    });
    for term in license::terms(Some(&person.name()), Some(&person.email())) {
        rows.terms.push(customer_terms::ActiveModel {
            account_id: Set(actor.account.0),
            term: Set(term),
            customer_id: Set(id),
        });
    }
    id
}

fn audit(
    actor: &Actor,
    rows: &mut Rows,
    license: Uuid,
    event: Event,
    detail: Option<String>,
    at: Timestamp,
    by: By,
) {
    let (user, ip) = match &by {
        By::Member { user, .. } => (Some(user.0), None),
        By::App { ip } => (None, ip.clone()),
        By::Shell | By::System => (None, None),
    };
    rows.audit.push(audit_entries::ActiveModel {
        id: Set(random::id_at(at)),
        account_id: Set(actor.account.0),
        license_id: Set(Some(license)),
        product_id: Set(None),
        actor_kind: Set(by.kind().into()),
        actor_id: Set(user),
        actor_name: Set(by.name().into()),
        action: Set(event.word().into()),
        detail: Set(detail),
        ip: Set(ip),
        created_at: Set(at.millis()),
    });
}

async fn insert(txn: WriteTxn, rows: Rows) -> Result<()> {
    // One event for the batch: a server that runs on this database learns of it.
    let event = outbox_events::ActiveModel {
        id: Set(new_id()),
        account_id: rows
            .licenses
            .first()
            .map_or(ActiveValue::NotSet, |l| l.account_id.clone()),
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
        let chunk: Vec<A> = rows.by_ref().take(BATCH).collect();
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
