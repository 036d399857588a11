//! Records changes in a write transaction: the audit entry, the outbox event, the invalidation and the notification.

use domain::CustomerId;
use domain::event::Event;
use domain::webhook::Trigger;
use uuid::Uuid;

use super::WriteTxn;
use crate::store::audit_event::{AuditEvent, CHANGES, RESOURCE};
use crate::store::change_sink::Change;
use crate::store::row_values::{RowValues, row};
use crate::{Actor, new_id};

/// Events of activations and machines, which change the counts of an overview.
const ACTIVATION_EVENTS: [Event; 3] =
    [Event::ActivationCreated, Event::ActivationDeleted, Event::ActivationExpired];

impl WriteTxn {
    /// Records the audit entry and the outbox event of a change, which the commit writes, and
    /// marks the license for cache invalidation.
    pub fn record(&mut self, actor: &Actor, entry: AuditEvent) {
        let trigger = Trigger::Recorded(entry.event);
        self.record_as(actor, trigger, entry);
    }

    /// Like [`WriteTxn::record`], with another event for webhooks than that of the audit entry.
    pub fn record_as(&mut self, actor: &Actor, trigger: Trigger, entry: AuditEvent) {
        let row = self.record_event(actor, entry, trigger, None);
        self.audit.push(row);
    }

    /// Like [`WriteTxn::record`], with the activation, trial or webhook that the change is about.
    pub fn record_about(&mut self, actor: &Actor, object: Uuid, entry: AuditEvent) {
        let trigger = Trigger::Recorded(entry.event);
        let row = self.record_event(actor, entry, trigger, Some(object));
        self.audit.push(row);
    }

    /// Like [`WriteTxn::record`], for an entry about a customer, or whose detail holds the customer's
    /// name or address: an erasure of the customer finds it. Also invalidates the cached customer.
    pub fn record_of_customer(&mut self, actor: &Actor, customer: CustomerId, entry: AuditEvent) {
        let trigger = Trigger::Recorded(entry.event);
        let mut row = self.record_event(actor, entry, trigger, Some(customer.0));
        row.push(customer.0.into());
        self.customer_audit.push(row);
        self.invalidations.changed.push(customer.0);
    }

    /// Adds the outbox event and the invalidations, and returns the row of the audit entry.
    fn record_event(
        &mut self,
        actor: &Actor,
        entry: AuditEvent,
        trigger: Trigger,
        object: Option<Uuid>,
    ) -> RowValues {
        let AuditEvent { event, license, product, detail, mut payload } = entry;
        let (id, now) = (new_id(), self.clock.now());
        let replaces = trigger != Trigger::Recorded(event);
        let reported = trigger.events().first().filter(|_| replaces).map(|reported| reported.as_str());
        let resource = self.add_changes(actor, id, reported, &mut payload);
        let (license_id, product_id) = (license.map(|id| id.0), product.map(|id| id.0));
        self.notify(Change {
            account: actor.account,
            trigger,
            license: license_id,
            product: product_id,
            object: object.or(resource),
            trace: None,
        });
        if event == Event::ActivationCreated {
            *self.activated.entry((actor.account, now.day())).or_default() += 1;
        }
        let (now, account) = (now.millis(), actor.account.0);
        let (actor_id, ip) = actor.principal.actor_id_and_ip();
        let audit = row![
            id,
            account,
            license_id,
            product_id,
            actor.principal.kind(),
            actor_id,
            actor.principal.name(),
            event.as_str(),
            detail,
            ip,
            now,
        ];
        self.outbox.push(row![
            new_id(),
            account,
            license_id,
            product_id,
            event.as_str(),
            payload.to_string(),
            now
        ]);
        // A seller may give a license a key that an app has sent before.
        self.invalidations.issued |= matches!(event, Event::LicenseIssued | Event::LicenseKeyReplaced);
        self.invalidations.changed.extend(license_id);
        // An overview shows activations once they are counted, which the flush announces.
        if license_id.is_some() && !ACTIVATION_EVENTS.contains(&event) {
            self.announce(account);
        }
        if event.changes_access() {
            self.invalidations.changed.push(account);
        }
        if event == Event::ProductUpdated {
            self.invalidations.changed.extend(product_id);
        }
        audit
    }

    /// Takes the changes and the object of an entry out of its payload, and keeps them with the webhook event that
    /// the change has in place of that of its action. Returns the object.
    fn add_changes(
        &mut self,
        actor: &Actor,
        entry: Uuid,
        reported: Option<&'static str>,
        payload: &mut serde_json::Value,
    ) -> Option<Uuid> {
        let fields = payload.as_object_mut()?;
        let resource = fields.remove(RESOURCE);
        let resource = resource.as_ref().and_then(|id| id.as_str()?.parse::<Uuid>().ok());
        let changes = fields.remove(CHANGES).filter(serde_json::Value::is_array);
        if resource.is_some() || changes.is_some() || reported.is_some() {
            let changes = changes.map_or_else(|| "[]".to_owned(), |changes| changes.to_string());
            self.changes.push(row![actor.account.0, entry, resource, changes, reported]);
        }
        resource
    }
}
