//! Bar chart of daily counts as SVG, with a table of the numbers for screen readers.

use domain::Timestamp;
use domain::view::DayCount;
use leptos::prelude::*;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 120.0;

/// Stacked bars by day: valid verifications at the bottom, refused ones on top.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn DayChart(days: Vec<DayCount>) -> impl IntoView {
    let top = days.iter().map(|d| d.valid + d.refused).max().unwrap_or(0).max(1);
    #[allow(clippy::cast_precision_loss, reason = "a drawing")]
    let scale = move |n: i64| n as f64 / top as f64 * HEIGHT;
    #[allow(clippy::cast_precision_loss, reason = "a drawing")]
    let step = WIDTH / days.len().max(1) as f64;
    let mut x = 0.0;
    let bars: Vec<_> = days
        .iter()
        .map(|day| {
            let (valid, refused) = (scale(day.valid), scale(day.refused));
            let at = x;
            x += step;
            let width = format!("{:.1}", step * 0.7);
            let tooltip = format!(
                "{}: {} valid, {} refused",
                Timestamp::from_day(day.day).date(),
                day.valid,
                day.refused
            );
            view! {
                <g>
                    <title>{tooltip}</title>
                    <rect class="bar-valid" x=format!("{at:.1}") width=width.clone()
                        y=format!("{:.1}", HEIGHT - valid) height=format!("{valid:.1}")/>
                    <rect class="bar-refused" x=format!("{at:.1}") width=width
                        y=format!("{:.1}", HEIGHT - valid - refused) height=format!("{refused:.1}")/>
                </g>
            }
        })
        .collect();
    let rows: Vec<_> = days
        .iter()
        .rev()
        .map(|day| {
            view! {
                <tr>
                    <th scope="row">{Timestamp::from_day(day.day).date()}</th>
                    <td class="number">{day.valid}</td>
                    <td class="number">{day.refused}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <figure class="chart">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img"
                aria-label="Verifications by day; the numbers are in the table below">
                {bars}
            </svg>
            <details>
                <summary>"The numbers"</summary>
                <table>
                    <thead>
                        <tr><th scope="col">"Day"</th><th scope="col">"Valid"</th><th scope="col">"Refused"</th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </figure>
    }
}
