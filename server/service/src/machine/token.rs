//! The token of an activation, from what is stored now.

use domain::license::State;
use domain::machine::Pair;
use domain::token::Claims;
use domain::{ProductId, Timestamp};
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::Request;
use crate::store::entity::{activations, customers, licenses};
use crate::store::map;
use crate::{Error, Result, Service, signing};

/// How far a client's clock may be off, in seconds.
const CLOCK_OFFSET: i64 = 3600;

/// Signs the token of an activation.
pub async fn sign(
    service: &Service,
    license: Uuid,
    activation: &activations::Model,
    request: &Request,
) -> Result<String> {
    let db = service.store.read();
    let license = licenses::Entity::find_by_id(license)
        .one(db)
        .await?
        .ok_or_else(|| Error::Internal(format!("license {license} vanished")))?;
    let customer = match license.customer_id {
        Some(id) => customers::Entity::find_by_id(id).one(db).await?,
        None => None,
    };
    let (name, email) = customer.map_or((None, None), |c| (c.name, c.email));
    let metadata: Vec<Pair> =
        activation.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let seconds = |millis: Option<i64>| map::time(millis).map_or(0, Timestamp::seconds);
    let claims = Claims {
        aid: activation.id.to_string(),
        lid: license.id.to_string(),
        pid: &request.product_sent,
        key: &request.key_sent,
        fp: request.fingerprint.as_str(),
        os: activation.os.as_deref().unwrap_or_default(),
        fms: "exact",
        iat: service.now().seconds(),
        eat: seconds(license.expires_at),
        orv: 0,
        name: name.as_deref().unwrap_or_default(),
        email: email.as_deref().unwrap_or_default(),
        company: "",
        kind: "node-locked",
        suspended: matches!(map::state(&license)?, State::Suspended { .. }),
        fc: 0,
        ls: "per-machine",
        ld: 0,
        leat: 0,
        ssi: 0,
        ssgpeat: 0,
        aco: CLOCK_OFFSET,
        lcat: seconds(Some(license.created_at)),
        laat: seconds(license.first_activated_at),
        pmd: &[],
        lmd: &[],
        umd: &[],
        amd: &metadata,
        lma: &[],
        ama: &[],
    };
    signing::sign(service, ProductId(license.product_id), &claims).await
}
