//! The numbers of a chart as a table, newest day first.

use domain::Timestamp;
use domain::view::DayCount;
use leptos::prelude::*;

use crate::component::time::group_digits;

/// The table, behind a summary.
#[component]
pub fn NumbersTable(days: Vec<DayCount>, id: &'static str) -> impl IntoView {
    let rows: Vec<_> = days
        .into_iter()
        .rev()
        .map(|day| {
            view! {
                <tr>
                    <th scope="row">{Timestamp::from_day(day.day).date()}</th>
                    <td class="number">{group_digits(day.valid)}</td>
                    <td class="number">{group_digits(day.refused)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <details id=id>
            <summary>"The numbers"</summary>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Day"</th>
                        <th scope="col" class="number">"Valid"</th>
                        <th scope="col" class="number">"Refused"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}
