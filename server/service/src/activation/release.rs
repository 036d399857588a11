//! Releases an activation, of a domain or of a machine, and frees its slot.

use domain::LicenseId;
use domain::activation::Kind;
use domain::event::Event;
use domain::machine::fingerprint_of;
use domain::webhook::Trigger;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _,
};

use crate::machine::release_floating_uses;
use crate::store::change_sink::Change;
use crate::store::entity::{activations, licenses};
use crate::store::{AuditEvent, MachineFacts, WriteTxn, convert};
use crate::{Actor, Result};

/// Deletes an activation and the others that share its slot, frees the slot and records the event of
/// each. The caller must hold the lock of its license.
pub(crate) async fn release(
    txn: &mut WriteTxn,
    actor: &Actor,
    activation: &activations::Model,
    event: Event,
) -> Result<()> {
    for shared in find_sharing(txn.conn(), activation).await? {
        release_row(txn, actor, &shared, event).await?;
    }
    release_row(txn, actor, activation, event).await
}

/// Finds the other activations in the slot of a domain. There are some if the domains were activated
/// before the product's setting let them share a slot.
async fn find_sharing(
    db: &impl ConnectionTrait,
    activation: &activations::Model,
) -> Result<Vec<activations::Model>> {
    if activation.kind != Kind::Domain.as_str() || !convert::is_in_slot(activation) {
        return Ok(Vec::new());
    }
    let find = || {
        activations::Entity::find()
            .filter(activations::Column::LicenseId.eq(activation.license_id))
            .filter(activations::Column::Kind.eq(Kind::Domain.as_str()))
            .filter(activations::Column::Id.ne(activation.id))
    };
    let name = activation.slot.as_ref().unwrap_or(&activation.subject);
    let mut sharing = find().filter(activations::Column::Slot.eq(name)).all(db).await?;
    if activation.slot.is_some() {
        // The domain that the slot is named after. As a development host it is outside of the slot.
        let named = Condition::all()
            .add(activations::Column::Subject.eq(name))
            .add(activations::Column::Slot.is_null())
            .add(activations::Column::TakesSlot.eq(true));
        sharing.extend(find().filter(named).all(db).await?);
    }
    Ok(sharing)
}

async fn release_row(
    txn: &mut WriteTxn,
    actor: &Actor,
    activation: &activations::Model,
    event: Event,
) -> Result<()> {
    // Before the uses are released, so that webhooks get the activation as it was.
    let change = Change::of_object(actor.account, Trigger::Recorded(event), activation.id);
    txn.capture(&[change]).await?;
    release_floating_uses(txn, activation).await?;
    activations::Entity::delete_by_id(activation.id).exec(txn.conn()).await?;
    // The last use remains known after the activation: `license/mark_unused.rs`.
    let released = licenses::Column::ReleasedUseAt;
    let last_use = std::cmp::max(activation.last_synced_at.unwrap_or(0), activation.created_at);
    let latest = Expr::case(Expr::col(released).gt(last_use), Expr::col(released)).finally(last_use);
    let mut update = licenses::Entity::update_many()
        .col_expr(released, latest.into())
        .filter(licenses::Column::Id.eq(activation.license_id));
    if activation.takes_slot {
        let used = if activation.kind == "machine" {
            licenses::Column::MachinesUsed
        } else {
            licenses::Column::DomainsUsed
        };
        update = update.col_expr(used, Expr::col(used).sub(1));
    }
    update.exec(txn.conn()).await?;
    // Leases end by thousands in one transaction, and the entry of the activation has the facts.
    let facts = match event {
        Event::ActivationExpired => MachineFacts::default(),
        _ => MachineFacts::of_activation(activation),
    };
    let audit_event = AuditEvent::license(event, LicenseId(activation.license_id))
        .detail(activation.hostname.as_deref().unwrap_or(&activation.subject).to_owned())
        .with_payload(&activation.kind, fingerprint_of(&activation.subject).to_owned())
        .changes(facts.into_changes());
    txn.record_about(actor, activation.id, audit_event);
    Ok(())
}
