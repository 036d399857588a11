//! The filters of the audit log: a form that works without JavaScript, and chips.

use domain::event::Event;
use domain::view::{AuditAction, AuditActor, AuditObject, AuditQuery};
use leptos::prelude::*;
use uuid::Uuid;

use crate::component::{FilterChip, FilterChips};
use crate::form::{date_of_day, url_of_audit_query};

/// The form. The object of a chip is kept.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Filters(query: AuditQuery, actors: Vec<(Uuid, String)>) -> impl IntoView {
    let others = [
        (AuditActor::Apps, "Apps".to_owned()),
        (AuditActor::Customers, "Customers".to_owned()),
        (AuditActor::Operator, "Operator".to_owned()),
        (AuditActor::Server, "Countersign".to_owned()),
    ];
    let actors: Vec<_> = actors
        .into_iter()
        .map(|(id, name)| (AuditActor::Principal(id), name))
        .chain(others)
        .map(|(actor, name)| {
            view! { <option value=actor.to_string() selected=query.actor == Some(actor)>{name}</option> }
        })
        .collect();
    let events = Event::ALL.iter().map(|event| (AuditAction::Event(*event), event_label(*event)));
    let actions: Vec<_> = [(AuditAction::Changes, "All but activations".to_owned())]
        .into_iter()
        .chain(events)
        .map(|(action, label)| {
            view! { <option value=action.to_string() selected=query.action == Some(action)>{label}</option> }
        })
        .collect();
    let object =
        query.object.map(|object| view! { <input type="hidden" name="object" value=object.to_string()/> });
    view! {
        <form method="get" action="/audit" class="filters" role="search">
            {object}
            <div class="field">
                <label for="actor">"Who"</label>
                <select id="actor" name="actor"><option value="">"Anyone"</option>{actors}</select>
            </div>
            <div class="field">
                <label for="event">"What"</label>
                // No field is named "action": it would hide the form's own property from scripts.
                <select id="event" name="event"><option value="">"Everything"</option>{actions}</select>
            </div>
            <div class="field">
                <label for="from">"From"</label>
                <input id="from" type="date" name="from" value=date_of_day(query.from_day)/>
            </div>
            <div class="field">
                <label for="to">"To"</label>
                <input id="to" type="date" name="to" value=date_of_day(query.to_day)/>
            </div>
            <button class="button">"Show"</button>
        </form>
    }
}

/// Returns the label of an event, with the kind of its object: "Suspended (license)".
fn event_label(event: Event) -> String {
    let kind = event.as_str().split('.').next().unwrap_or_default().replace('_', " ");
    format!("{} ({kind})", event.label())
}

/// Choices as links. A chosen one leads back to the log without it.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Chips(query: AuditQuery) -> impl IntoView {
    let query = AuditQuery { before: None, ..query };
    let has_changes = query.action == Some(AuditAction::Changes);
    let changes = AuditQuery { action: Some(AuditAction::Changes).filter(|_| !has_changes), ..query.clone() };
    let has_apps = query.actor == Some(AuditActor::Apps);
    let apps = AuditQuery { actor: Some(AuditActor::Apps).filter(|_| !has_apps), ..query.clone() };
    let object = query.object.map(|object| {
        let label = match object {
            AuditObject::License(_) => "One license",
            AuditObject::Product(_) => "One product",
            AuditObject::Customer(_) => "One customer",
        };
        let href = url_of_audit_query(&AuditQuery { object: None, ..query.clone() });
        view! { <FilterChip href label is_chosen=true is_removable=true/> }
    });
    view! {
        <FilterChips label="Filters">
            <FilterChip href=url_of_audit_query(&changes) label="All but activations" is_chosen=has_changes is_removable=true/>
            <FilterChip href=url_of_audit_query(&apps) label="Apps" is_chosen=has_apps is_removable=true/>
            {object}
        </FilterChips>
    }
}
