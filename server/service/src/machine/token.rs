//! Signed tokens of activations and trials, built from the stored rows.

use domain::activation::Kind;
use domain::license::{Limit, State};
use domain::license_rules::{LeasingStrategy, LicenseKind, LicenseRules, RulesInForce};
use domain::machine::{MetadataEntry, Seconds};
use domain::meter::{Totals, Uses};
use domain::token::{Claims, LicenseMeter, MeterUses};
use domain::{OfflineResponse, ProductId, Timestamp};

use super::binding::MachineActivation;
use super::{ActivationRequest, TrialRequest};
use crate::signing::TokenKind;
use crate::store::convert;
use crate::store::entity::{products, trials};
use crate::{Result, Service, signing};

fn epoch_seconds(millis: Option<i64>) -> i64 {
    convert::to_timestamp(millis).map_or(0, Timestamp::seconds)
}

/// Signs the token of an activation.
pub async fn sign_activation(
    service: &Service,
    machine_activation: &MachineActivation,
    request: &ActivationRequest,
) -> Result<String> {
    let MachineActivation { license, product, customer, activation } = machine_activation;
    debug_assert_eq!(activation.kind, Kind::Machine.as_str());
    let (name, email) = customer.as_ref().map_or((None, None), |c| (c.name.as_deref(), c.email.as_deref()));
    let metadata: Vec<MetadataEntry> = convert::json_or_default(activation.metadata.as_deref());
    let (license_meters, activation_meters) = meters(machine_activation);
    let RulesInForce { machines, rules, expiry } = convert::rules_in_force(product, license);
    let kind = rules.kind(machines.lease);
    let license_metadata: Vec<MetadataEntry> = convert::json_or_default(license.visible_metadata.as_deref());
    let online = activation.offline_until.is_none();
    let now = service.now();
    // Only online clients must sync; an offline response is valid without syncing.
    let (interval, grace) = if online { (machines.sync.interval, machines.sync.grace) } else { (None, None) };
    // A response of a customer ends on the machine too, so that the slot can be free afterwards.
    let response_end = match convert::offline_response(activation) {
        Some(OfflineResponse::EndsAt(end)) if !online => Some(end),
        _ => None,
    };
    let seconds_or_zero = |time: Option<Seconds>| time.map_or(0, |time| i64::from(time.get()));
    let lease_expires_at = epoch_seconds(activation.lease_expires_at);
    let lease =
        if lease_expires_at == 0 { 0 } else { lease_expires_at - epoch_seconds(activation.last_synced_at) };
    let clients = match kind {
        LicenseKind::NodeLocked => 0,
        LicenseKind::HostedFloating => {
            Limit::from_storage(license.machine_limit).slots().map_or(0, i64::from)
        }
        LicenseKind::OnPremiseFloating => i64::from(rules.floating_clients),
    };
    let activated_at = Timestamp::from_millis(activation.created_at);
    let expires_at = expiry.of_activation(activated_at).or(convert::to_timestamp(license.expires_at));
    let ends_at = [expires_at, response_end].into_iter().flatten().min();
    let claims = Claims {
        aid: activation.id.to_string(),
        lid: license.id.to_string(),
        pid: &request.raw_product_id,
        key: &request.raw_key,
        fp: request.fingerprint.as_str(),
        os: activation.os.as_deref().unwrap_or_default(),
        fms: rules.fingerprint_matching.as_str(),
        iat: now.seconds(),
        eat: ends_at.map_or(0, Timestamp::seconds),
        orv: epoch_seconds(activation.offline_until.filter(|until| *until > 0)),
        name: name.unwrap_or_default(),
        email: email.unwrap_or_default(),
        company: "",
        kind: kind.as_str(),
        suspended: product.apps_stopped
            || matches!(convert::license_state(license)?, State::Suspended { .. }),
        fc: clients,
        ls: match rules.leasing_strategy {
            LeasingStrategy::PerMachine if machines.user_locked => "per-user",
            strategy => strategy.as_str(),
        },
        ld: lease,
        leat: lease_expires_at,
        ssi: seconds_or_zero(interval),
        ssgpeat: grace.map_or(0, |grace| now.seconds() + i64::from(grace.get())),
        aco: i64::from(rules.clock_offset),
        lcat: epoch_seconds(Some(license.created_at)),
        laat: epoch_seconds(license.first_activated_at),
        lmd: &license_metadata,
        amd: &metadata,
        lma: &license_meters,
        ama: &activation_meters,
        ..Claims::default()
    };
    signing::sign(service, ProductId(license.product_id), TokenKind::Activation, &claims).await
}

/// Signs the token of a trial, which is an activation without a license.
pub async fn sign_trial(
    service: &Service,
    product: &products::Model,
    trial: &trials::Model,
    request: &TrialRequest,
    response_until: Option<Timestamp>,
) -> Result<String> {
    let metadata: Vec<MetadataEntry> = convert::json_or_default(trial.metadata.as_deref());
    let admission = convert::trial_admission(product);
    let claims = Claims {
        aid: trial.id.to_string(),
        pid: &request.raw_product_id,
        fp: request.fingerprint.as_str(),
        os: &trial.os,
        fms: admission.fingerprint_matching.as_str(),
        iat: service.now().seconds(),
        eat: epoch_seconds(Some(trial.expires_at)),
        orv: response_until.map_or(0, Timestamp::seconds),
        kind: "node-locked",
        suspended: product.apps_stopped,
        ls: "per-machine",
        aco: i64::from(LicenseRules::from_storage(product.rules.as_deref()).clock_offset),
        lcat: epoch_seconds(Some(trial.created_at)),
        laat: epoch_seconds(Some(trial.created_at)),
        amd: &metadata,
        ..Claims::default()
    };
    signing::sign(service, ProductId(product.id), TokenKind::Activation, &claims).await
}

fn meters(machine_activation: &MachineActivation) -> (Vec<LicenseMeter>, Vec<MeterUses>) {
    let MachineActivation { license, product, .. } = machine_activation;
    let meters = convert::meters_in_force(product, license);
    let totals: Totals = convert::json_or_default(license.meters.as_deref());
    let uses: Uses = convert::json_or_default(machine_activation.activation.meters.as_deref());
    let license_meters = meters.all().iter().map(|meter| {
        let total = totals.get(&meter.id()).copied().unwrap_or_default();
        LicenseMeter {
            name: meter.name.clone(),
            allowed_uses: meter.allowed.unwrap_or(-1),
            total_uses: total.total,
            gross_uses: total.gross,
        }
    });
    let activation_meters = meters.all().iter().map(|meter| MeterUses {
        name: meter.name.clone(),
        uses: uses.get(&meter.id()).copied().unwrap_or(0),
    });
    (license_meters.collect(), activation_meters.collect())
}
