//! The entries of the audit log as a table, newest first.

use domain::view::{AuditObject, AuditPage, AuditQuery, AuditRow};
use leptos::prelude::*;

use crate::component::NoMatchState;
use crate::form::url_of_audit_query;

/// The table, and the links to other pages.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Entries(page: AuditPage, query: AuditQuery) -> impl IntoView {
    if page.items.is_empty() {
        let text = "No entry matches. Entries are deleted when their retention ends.";
        return view! { <NoMatchState text all="/audit"/> }.into_any();
    }
    let rows: Vec<_> = page.items.into_iter().map(row).collect();
    let latest = query.before.map(|_| {
        let href = url_of_audit_query(&AuditQuery { before: None, ..query.clone() });
        view! { <a class="button" rel="first" href=href>"Latest"</a> }
    });
    let older = page.more.map(|last| {
        let href = url_of_audit_query(&AuditQuery { before: Some(last), ..query.clone() });
        view! { <a class="button" rel="next" href=href>"Older"</a> }
    });
    let pager = (latest.is_some() || older.is_some())
        .then(|| view! { <nav class="pager" aria-label="Pages">{latest} {older}</nav> });
    view! {
        <table class="card-table audit-table">
            <caption class="visually-hidden">"Entries"</caption>
            <thead>
                <tr>
                    <th scope="col">"What"</th>
                    <th scope="col">"Object"</th>
                    <th scope="col">"Who"</th>
                    <th scope="col">"From"</th>
                    <th scope="col">"When (UTC)"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {pager}
    }
    .into_any()
}

fn row(row: AuditRow) -> impl IntoView {
    let what = row.event.map_or_else(|| row.action.clone(), |event| event.label().to_owned());
    let detail = row.detail.map(|detail| view! { " " <bdi class="muted">{detail}</bdi> });
    let from = row.ip.unwrap_or_else(|| "—".to_owned());
    let exact = row.at.rfc3339();
    let shown = exact.replace('T', " ").replace('Z', "");
    view! {
        <tr>
            <th scope="row" class="name">{what} {detail}</th>
            <td data-label="Object">{object(row.object, row.label)}</td>
            <td data-label="Who"><bdi>{row.actor}</bdi></td>
            <td data-label="From">{from}</td>
            <td data-label="When"><time datetime=exact>{shown}</time></td>
        </tr>
    }
}

/// A link to the object's page, and one to its other entries.
fn object(object: Option<AuditObject>, label: Option<String>) -> impl IntoView {
    let Some(object) = object else { return "—".into_any() };
    let kind = match object {
        AuditObject::License(_) => "License",
        AuditObject::Product(_) => "Product",
        AuditObject::Customer(_) => "Customer",
    };
    let entries = url_of_audit_query(&AuditQuery { object: Some(object), ..AuditQuery::default() });
    let filter_label = format!("Only this {}", kind.to_lowercase());
    let name = match label {
        Some(label) => view! { <a href=object.path()>{kind} " " <bdi>{label}</bdi></a> }.into_any(),
        None => format!("{kind}, deleted").into_any(),
    };
    view! {
        {name}
        <a class="cell-note" href=entries>{filter_label}</a>
    }
    .into_any()
}
