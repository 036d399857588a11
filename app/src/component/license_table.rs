//! Table of licenses, shown as cards on narrow screens.
//!
//! The style sheet labels cells by column position, because attributes would be repeated in each of 50 rows.

use domain::view::LicenseRow;
use leptos::prelude::*;

use super::{RelativeTime, StandingBadge};

/// The table.
#[component]
pub fn LicenseTable(rows: Vec<LicenseRow>, caption: &'static str) -> impl IntoView {
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    view! {
        <table class="card-table license-table">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"Key"</th>
                    <th scope="col">"Standing"</th>
                    <th scope="col">"Customer"</th>
                    <th scope="col">"Product"</th>
                    <th scope="col">"Domains"</th>
                    <th scope="col">"Expires"</th>
                    <th scope="col">"Issued"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(row: LicenseRow) -> impl IntoView {
    let customer = row.customer.unwrap_or_else(|| "—".to_owned());
    let expires = match row.expires_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => "never".into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/licenses/{}", row.id)>{format!("…{}", row.last_four)}</a>
            </th>
            <td><StandingBadge standing=row.standing/></td>
            <td>{customer}</td>
            <td>{row.product}</td>
            <td>{format!("{} of {}", row.domains_used, row.domain_limit)}</td>
            <td>{expires}</td>
            <td><RelativeTime at=row.created_at/></td>
        </tr>
    }
}
