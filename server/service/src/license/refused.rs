//! The domains and machines that a license refused lately.

use domain::Timestamp;
use domain::activation::Kind;
use domain::license::Standing;
use domain::refusal::RefusalReason;
use domain::view::RefusedSubject;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::Result;
use crate::store::entity::{activations, license_refusals, licenses};
use crate::unicode_host::to_unicode;
use crate::usage::MAX_SUBJECTS_PER_LICENSE;

/// Returns the refused subjects for which the reason still holds, the latest first.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    standing: Standing,
) -> Result<Vec<RefusedSubject>> {
    let rows = license_refusals::Entity::find()
        .filter(license_refusals::Column::LicenseId.eq(license.id))
        .order_by_desc(license_refusals::Column::LastAt)
        .limit(MAX_SUBJECTS_PER_LICENSE as u64)
        .all(db)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let active: Vec<(String, String)> = activations::Entity::find()
        .select_only()
        .columns([activations::Column::Kind, activations::Column::Subject])
        .filter(activations::Column::LicenseId.eq(license.id))
        .filter(activations::Column::Kind.is_in([Kind::Domain.as_str(), Kind::Machine.as_str()]))
        .filter(activations::Column::Subject.is_in(rows.iter().map(|row| row.subject.as_str())))
        .into_tuple()
        .all(db)
        .await?;
    let is_active = |row: &license_refusals::Model| {
        active.iter().any(|(kind, subject)| *kind == row.kind && *subject == row.subject)
    };
    let mut refused = Vec::with_capacity(rows.len());
    for row in rows {
        // A later version may know more reasons.
        let Ok(reason) = RefusalReason::parse(&row.reason) else { continue };
        if still_holds(reason, standing, is_active(&row)) {
            refused.push(refused_subject(row, reason)?);
        }
    }
    Ok(refused)
}

/// Returns whether an app would still be refused.
fn still_holds(reason: RefusalReason, standing: Standing, is_active: bool) -> bool {
    match reason {
        RefusalReason::InvalidDomain | RefusalReason::LimitReached | RefusalReason::MachineNotAllowed => {
            !is_active
        }
        RefusalReason::Suspended => standing == Standing::Suspended,
        RefusalReason::Expired => standing == Standing::Expired,
        RefusalReason::Revoked => standing == Standing::Revoked,
    }
}

fn refused_subject(row: license_refusals::Model, reason: RefusalReason) -> Result<RefusedSubject> {
    let kind = Kind::from_storage(&row.kind)?;
    Ok(RefusedSubject {
        kind,
        unicode: if kind == Kind::Domain { to_unicode(&row.subject) } else { None },
        subject: row.subject,
        hostname: row.hostname,
        reason,
        count: row.count,
        ip: row.ip,
        last_at: Timestamp::from_millis(row.last_at),
    })
}
