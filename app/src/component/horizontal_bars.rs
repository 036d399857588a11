//! Horizontal bars: counts by label, the largest first.

use leptos::prelude::*;

use super::Number;

/// A bar: its label, the page that it leads to, and its count.
pub struct HorizontalBar {
    /// The id of its row, unique on the page.
    pub id: String,
    /// What is counted.
    pub label: String,
    /// The page with the counted rows.
    pub href: Option<String>,
    /// The count.
    pub value: i64,
}

/// The bars, in the order given. Each is as long as its share of the largest.
#[component]
pub fn HorizontalBars(bars: Vec<HorizontalBar>) -> impl IntoView {
    let largest = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    let total: i64 = bars.iter().map(|bar| bar.value).sum();
    let rows: Vec<_> = bars
        .into_iter()
        .map(|HorizontalBar { id, label, href, value }| {
            let label = match href {
                Some(href) => view! { <a href=href>{label}</a> }.into_any(),
                None => view! { <span>{label}</span> }.into_any(),
            };
            view! {
                <li class="horizontal-bar" id=id title=share_text(value, total)>
                    {label}
                    <progress value=value max=largest aria-hidden="true"></progress>
                    <Number of=value/>
                </li>
            }
        })
        .collect();
    view! { <ul class="horizontal-bars">{rows}</ul> }
}

/// "49 %", rounded; "less than 1 %" for a small share.
fn share_text(value: i64, total: i64) -> String {
    if total <= 0 {
        return "0 %".to_owned();
    }
    match (value.saturating_mul(200) / total + 1) / 2 {
        0 if value > 0 => "less than 1 %".to_owned(),
        percent => format!("{percent} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_and_small_ones_are_not_zero() {
        let cases = [
            (0, 0, "0 %"),
            (0, 10, "0 %"),
            (1, 1_000, "less than 1 %"),
            (1, 3, "33 %"),
            (2, 3, "67 %"),
            (5, 5, "100 %"),
        ];
        for (value, total, text) in cases {
            assert_eq!(share_text(value, total), text);
        }
    }
}
