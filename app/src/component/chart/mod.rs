//! Bar chart of daily counts as SVG: axis, legend, tooltips, and a table of the numbers.

mod scale;
mod table;

use domain::Timestamp;
use domain::view::DayCount;
use leptos::prelude::*;

use super::time::group_digits;
use scale::{HEIGHT, Scale, TOP};
use table::NumbersTable;

/// Height below the bars, for the days.
const BOTTOM: f64 = 22.0;
/// Least height of a bar that is not zero.
const MIN_BAR: f64 = 2.0;
/// How many days have their text below, at most.
const MAX_DAY_LABELS: usize = 5;

/// Stacked bars by day: valid verifications at the bottom, refused ones on top.
#[component]
pub fn DayChart(
    days: Vec<DayCount>,
    /// The id of the table's panel, unique within the page.
    #[prop(default = "chart-numbers")]
    id: &'static str,
) -> impl IntoView {
    let scale = Scale::of(days.iter().map(|day| day.valid + day.refused).max().unwrap_or(0));
    let plot = if days.iter().all(|day| day.valid + day.refused == 0) {
        view! { <p class="muted">"No verification in these days."</p> }.into_any()
    } else {
        view! { <Plot days=days.clone() scale/> }.into_any()
    };
    view! {
        <figure class="chart">
            {plot}
            <NumbersTable days id/>
        </figure>
    }
}

#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Plot(days: Vec<DayCount>, scale: Scale) -> impl IntoView {
    let height = (TOP + HEIGHT + BOTTOM).to_string();
    let lines: Vec<_> = scale.ticks().map(|tick| line(scale.y(tick))).collect();
    let ticks: Vec<_> = scale.ticks().map(|tick| tick_text(scale, tick)).collect();
    let every = days.len().div_ceil(MAX_DAY_LABELS).max(1);
    let count = days.len();
    let bars: Vec<_> = days.iter().enumerate().map(|(index, day)| bar(index, count, *day, scale)).collect();
    let labels: Vec<_> = days
        .iter()
        .enumerate()
        .filter(|(index, _)| index % every == 0)
        .map(|(index, day)| day_text(index, count, day.day))
        .collect();
    view! {
        <div class="chart-plot">
            <svg class="chart-axis" height=height.clone() aria-hidden="true">{ticks}</svg>
            <svg class="chart-bars" height=height role="img"
                aria-label="Verifications by day; the numbers are in the table below">
                {lines} {bars} {labels}
            </svg>
        </div>
        <figcaption>
            <ul class="legend"><li>"valid"</li> <li class="refused">"refused"</li></ul>
        </figcaption>
    }
}

fn line(y: f64) -> impl IntoView {
    let y = pixels(y);
    view! { <line x1="0" x2="100%" y1=y.clone() y2=y/> }
}

fn tick_text(scale: Scale, tick: i64) -> impl IntoView {
    view! { <text x="100%" y=pixels(scale.y(tick) + 4.0) text-anchor="end">{scale::short(tick)}</text> }
}

/// A day's bars, with a tooltip over the whole height. The style has their places within the day, to keep pages small.
fn bar(index: usize, count: usize, day: DayCount, scale: Scale) -> impl IntoView {
    let height = |n: i64| if n == 0 { 0.0 } else { scale.height(n).max(MIN_BAR) };
    let (valid, refused) = (height(day.valid), height(day.refused));
    let base = TOP + HEIGHT;
    let tooltip = format!(
        "{}: {} valid, {} refused",
        scale::day_label(&Timestamp::from_day(day.day).date()),
        group_digits(day.valid),
        group_digits(day.refused)
    );
    let bar = |class: &'static str, y: f64, height: f64| {
        (height > 0.0).then(|| view! { <rect class=class y=pixels(y) height=pixels(height)/> })
    };
    view! {
        <svg x=percent(index, count, 0.0) width=percent(1, count, 0.0)>
            <title>{tooltip}</title>
            <rect class="bar-area"/>
            {bar("bar-valid", base - valid, valid)}
            {bar("bar-refused", base - valid - refused, refused)}
        </svg>
    }
}

/// The text of a day below its bar. The first and the last stay within the chart.
fn day_text(index: usize, count: usize, day: i32) -> impl IntoView {
    let anchor = match index {
        0 => "start",
        index if index + 1 == count => "end",
        _ => "middle",
    };
    let within = match anchor {
        "start" => 0.14,
        "end" => 0.86,
        _ => 0.5,
    };
    let label = scale::day_label(&Timestamp::from_day(day).date());
    view! {
        <text x=percent(index, count, within) y=pixels(TOP + HEIGHT + 16.0) text-anchor=anchor>{label}</text>
    }
}

/// The place within the day `index` of `count`, in percent of the width.
#[allow(clippy::cast_precision_loss, reason = "a drawing")]
fn percent(index: usize, count: usize, within: f64) -> String {
    format!("{:.2}%", (index as f64 + within) / count.max(1) as f64 * 100.0)
}

fn pixels(y: f64) -> String {
    format!("{y:.1}")
}
