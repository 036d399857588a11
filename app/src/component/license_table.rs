//! Table of licenses, shown as cards on narrow screens.
//!
//! The style sheet labels cells by column position, because attributes would be repeated in each of 50 rows.

use domain::license::Limit;
use domain::view::LicenseRow;
use leptos::prelude::*;

use super::{RelativeTime, StandingBadge};

/// The table.
#[component]
pub fn LicenseTable(
    rows: Vec<LicenseRow>,
    caption: &'static str,
    /// Whether each row has a checkbox `license` with its id.
    #[prop(optional)]
    selectable: bool,
    /// Begin of the rows' ids, unique on the page. Only tables in live parts need ids.
    #[prop(optional)]
    row_ids: Option<&'static str>,
) -> impl IntoView {
    let rows: Vec<_> = rows.into_iter().map(|license| row(license, selectable, row_ids)).collect();
    view! {
        <table class="card-table license-list">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"Key"</th>
                    <th scope="col">"Standing"</th>
                    <th scope="col">"Customer"</th>
                    <th scope="col">"Domains"</th>
                    <th scope="col">"Machines"</th>
                    <th scope="col">"Expires"</th>
                    <th scope="col">"Verified"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(row: LicenseRow, selectable: bool, row_ids: Option<&'static str>) -> impl IntoView {
    let row_id = row_ids.map(|begin| format!("{begin}-{}", row.id));
    let customer = row.customer.unwrap_or_else(|| "—".to_owned());
    let time = |at: Option<_>| match at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => "never".into_any(),
    };
    let key = format!("…{}", row.last_four);
    let checkbox = selectable.then(|| {
        view! { <input type="checkbox" name="license" value=row.id.0.simple().to_string() aria-label=key.clone()/> }
    });
    view! {
        <tr id=row_id>
            <th scope="row">
                {checkbox}
                <a href=format!("/licenses/{}", row.id)>{key}</a>
                <small>{row.product}</small>
            </th>
            <td><StandingBadge standing=row.standing/></td>
            <td>{customer}</td>
            <td>{meter(row.domains_used, row.domain_limit)}</td>
            <td>{meter(row.machines_used, row.machine_limit)}</td>
            <td>{time(row.expires_at)}</td>
            <td>{time(row.last_verified_at)}</td>
        </tr>
    }
}

/// Used slots of a limit, in words and as a meter. The words tell all to screen readers.
fn meter(used: u32, limit: Limit) -> impl IntoView {
    let words = format!("{used} of {limit}");
    let meter = limit.slots().filter(|slots| *slots > 0 && used > 0).map(|slots| {
        let class = (used >= slots).then_some("full");
        view! { <meter class=class max=slots value=used.min(slots) aria-hidden="true"></meter> }
    });
    (words, meter)
}
