//! The token of an activation, from what was just written.

use domain::activation::Kind;
use domain::license::{Limit, State};
use domain::machine::{Pair, Seconds};
use domain::meter::{Meters, Totals, Uses};
use domain::token::{Claims, LicenseMeter, MeterUses};
use domain::{ProductId, Timestamp};

use super::seat::Bound;
use super::{Request, TrialRequest};
use crate::store::entity::{products, trials};
use crate::store::map;
use crate::{Result, Service, signing};

/// How far a client's clock may be off, in seconds.
const CLOCK_OFFSET: i64 = 3600;

fn seconds(millis: Option<i64>) -> i64 {
    map::time(millis).map_or(0, Timestamp::seconds)
}

/// Signs the token of an activation.
pub async fn sign(service: &Service, bound: &Bound, request: &Request) -> Result<String> {
    let Bound { license, product, customer, activation } = bound;
    debug_assert_eq!(activation.kind, Kind::Machine.word());
    let (name, email) = customer.as_ref().map_or((None, None), |c| (c.name.as_deref(), c.email.as_deref()));
    let metadata: Vec<Pair> = map::json(activation.metadata.as_deref());
    let (license_meters, activation_meters) = meters(bound);
    let rules = map::rules(product);
    let online = activation.offline_until.is_none();
    let now = service.now();
    // What is asked of clients that reach us; a file is good by itself.
    let (interval, grace) = if online { (rules.sync.interval, rules.sync.grace) } else { (None, None) };
    let whole = |time: Option<Seconds>| time.map_or(0, |time| i64::from(time.get()));
    let lease_ends = seconds(activation.lease_expires_at);
    let lease = if lease_ends == 0 { 0 } else { lease_ends - seconds(activation.last_synced_at) };
    let seats = Limit::from_storage(license.machine_limit).slots().map_or(0, i64::from);
    let claims = Claims {
        aid: activation.id.to_string(),
        lid: license.id.to_string(),
        pid: &request.product_sent,
        key: &request.key_sent,
        fp: request.fingerprint.as_str(),
        os: activation.os.as_deref().unwrap_or_default(),
        fms: "exact",
        iat: now.seconds(),
        eat: seconds(license.expires_at),
        orv: seconds(activation.offline_until.filter(|until| *until > 0)),
        name: name.unwrap_or_default(),
        email: email.unwrap_or_default(),
        company: "",
        kind: if rules.lease.is_some() { "hosted-floating" } else { "node-locked" },
        suspended: matches!(map::state(license)?, State::Suspended { .. }),
        fc: if rules.lease.is_some() { seats } else { 0 },
        ls: if rules.user_locked { "per-user" } else { "per-machine" },
        ld: lease,
        leat: lease_ends,
        ssi: whole(interval),
        ssgpeat: grace.map_or(0, |grace| now.seconds() + i64::from(grace.get())),
        aco: CLOCK_OFFSET,
        lcat: seconds(Some(license.created_at)),
        laat: seconds(license.first_activated_at),
        amd: &metadata,
        lma: &license_meters,
        ama: &activation_meters,
        ..Claims::default()
    };
    signing::sign(service, ProductId(license.product_id), &claims).await
}

/// Signs the token of a trial: an activation of no license.
pub async fn sign_trial(
    service: &Service,
    product: &products::Model,
    trial: &trials::Model,
    request: &TrialRequest,
    response_until: Option<Timestamp>,
) -> Result<String> {
    let metadata: Vec<Pair> = map::json(trial.metadata.as_deref());
    let claims = Claims {
        aid: trial.id.to_string(),
        pid: &request.product_sent,
        fp: request.fingerprint.as_str(),
        os: &trial.os,
        fms: "exact",
        iat: service.now().seconds(),
        eat: seconds(Some(trial.expires_at)),
        orv: response_until.map_or(0, Timestamp::seconds),
        kind: "node-locked",
        ls: "per-machine",
        aco: CLOCK_OFFSET,
        lcat: seconds(Some(trial.created_at)),
        laat: seconds(Some(trial.created_at)),
        amd: &metadata,
        ..Claims::default()
    };
    signing::sign(service, ProductId(product.id), &claims).await
}

fn meters(bound: &Bound) -> (Vec<LicenseMeter>, Vec<MeterUses>) {
    let meters: Meters = map::json(Some(&bound.product.meters));
    let totals: Totals = map::json(bound.license.meters.as_deref());
    let uses: Uses = map::json(bound.activation.meters.as_deref());
    let of_license = meters.all().iter().map(|meter| {
        let total = totals.get(&meter.id()).copied().unwrap_or_default();
        LicenseMeter {
            name: meter.name.clone(),
            allowed_uses: meter.allowed.unwrap_or(-1),
            total_uses: total.total,
            gross_uses: total.gross,
        }
    });
    let of_activation = meters.all().iter().map(|meter| MeterUses {
        name: meter.name.clone(),
        uses: uses.get(&meter.id()).copied().unwrap_or(0),
    });
    (of_license.collect(), of_activation.collect())
}
