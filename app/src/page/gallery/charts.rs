//! Charts and tables.

use domain::view::DayCount;
use leptos::prelude::*;

use super::texts::{HOSTILE, LONG, RIGHT_TO_LEFT};
use crate::component::{Card, DayChart, HorizontalBar, HorizontalBars, Tag, row_id};
use crate::context;

#[component]
pub fn Charts() -> impl IntoView {
    let bar = |label: &str, href: Option<&str>, value| HorizontalBar {
        id: row_id("bar", &label),
        label: label.into(),
        href: href.map(Into::into),
        value,
    };
    let page = Some("/gallery");
    let bars = vec![
        bar("Another domain", page, 84_120),
        bar("Expired", page, 41_004),
        bar(LONG, page, 17_530),
        bar(RIGHT_TO_LEFT, page, 1),
        bar("Unknown key", None, 0),
    ];
    view! {
        <Card title="Verifications by day"><DayChart days=days(30)/></Card>
        <Card title="Why refused"><HorizontalBars bars/></Card>
        <section class="card card-flush">
            <h2>"Table"</h2>
            <Table/>
        </section>
        <Card title="Results">
            <ul class="result-list">
                <li><Tag>"license"</Tag> <a href="/gallery" class="key">"…DGRR"</a> <span class="cell-note">"Aurora Forms · 2 of 3 domains"</span></li>
                <li><Tag>"customer"</Tag> <a href="/gallery">{LONG}</a> <span class="cell-note">{HOSTILE}</span></li>
                <li><Tag>"machine"</Tag> <a href="/gallery">{RIGHT_TO_LEFT}</a></li>
            </ul>
        </Card>
    }
}

#[component]
fn Table() -> impl IntoView {
    let row = |key: &'static str, name: &'static str, note: &'static str| {
        view! {
            <tr>
                <th scope="row"><a href="/gallery">{key}</a><span class="cell-note">"Aurora Forms"</span></th>
                <td data-label="Customer" class="text-break">{name} <span class="cell-note">{note}</span></td>
                <td data-label="Verified" class="number">"48,112"</td>
            </tr>
        }
    };
    view! {
        <table class="card-table">
            <thead>
                <tr><th scope="col">"Key"</th><th scope="col">"Customer"</th><th scope="col">"Verified"</th></tr>
            </thead>
            <tbody>
                {row("…DGRR", "Greta Berg", "greta@indigo.example")}
                {row("…SXNG", LONG, HOSTILE)}
                {row("…3PN9", RIGHT_TO_LEFT, "samir@schmidt.example")}
            </tbody>
        </table>
    }
}

/// A month of counts that differ from day to day.
fn days(count: i32) -> Vec<DayCount> {
    let today = context::now().day();
    let of = |n: i32| DayCount {
        day: today - count + 1 + n,
        valid: i64::from(60_000 + n * 7_919 % 47_000),
        refused: i64::from(if n == 22 { 21_000 } else { n * 631 % 2_300 }),
    };
    (0..count).map(of).collect()
}
