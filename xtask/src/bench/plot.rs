//! The plot: rates, and times to an answer, over the number of licenses and of
//! connections. Both axes of the second row are logarithmic.

use std::fmt::Write as _;

use super::report::Row;

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 230.0;
const VERIFY: &str = "verify, warm, uniform";
const ACTIVATE: &str = "activate, new domains, 1,000 licenses";
/// Dark enough for white paper, light enough for a dark page.
const COLOURS: [&str; 3] = ["#2a9d7c", "#c2703d", "#7a6fd0"];

/// A line of a diagram.
struct Series {
    name: String,
    /// Where on the axis, its label, and the value.
    points: Vec<(f64, String, f64)>,
}

/// Four diagrams for each engine: by licenses, and by connections.
pub fn svg(rows: &[Row]) -> String {
    let mut engines: Vec<&str> = rows.iter().map(|row| row.engine).collect();
    engines.dedup();
    let height = HEIGHT * 2.0 * f64::from(u32::try_from(engines.len()).unwrap_or(1));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\" fill=\"#808080\">\n",
        2.0 * WIDTH
    );
    let mut top = 0.0;
    for engine in engines {
        let of: Vec<&Row> = rows.iter().filter(|row| row.engine == engine && row.value.is_none()).collect();
        let most = of.iter().map(|row| row.licenses).max().unwrap_or(0);
        let by_licenses = |scene: &str, name: &str, value: &dyn Fn(&Row) -> f64| {
            let all = of.iter().filter(|row| row.scene == scene && row.connections == super::CONNECTIONS);
            series(name, all.map(|row| (row.licenses, value(row))))
        };
        let by_connections = |name: &str, value: &dyn Fn(&Row) -> f64| {
            let all = of.iter().filter(|row| row.scene == VERIFY && row.licenses == most);
            series(name, all.map(|row| (row.connections, value(row))))
        };
        let rate = |row: &Row| row.outcome.rate;
        let (p50, p99) = (|row: &Row| millis(row.outcome.p50), |row: &Row| millis(row.outcome.p99));
        diagram(
            &mut text,
            (0.0, top),
            &format!("{engine}: answers a second, by licenses"),
            &[by_licenses(VERIFY, "verify", &rate), by_licenses(ACTIVATE, "activate", &rate)],
            false,
        );
        diagram(
            &mut text,
            (WIDTH, top),
            &format!("{engine}: verify a second, by connections"),
            &[by_connections("verify", &rate)],
            false,
        );
        diagram(
            &mut text,
            (0.0, top + HEIGHT),
            &format!("{engine}: ms to an answer, by licenses"),
            &[
                by_licenses(VERIFY, "verify p50", &p50),
                by_licenses(VERIFY, "verify p99", &p99),
                by_licenses(ACTIVATE, "activate p99", &p99),
            ],
            true,
        );
        diagram(
            &mut text,
            (WIDTH, top + HEIGHT),
            &format!("{engine}: verify, ms to an answer, by connections"),
            &[by_connections("p50", &p50), by_connections("p99", &p99)],
            true,
        );
        top += 2.0 * HEIGHT;
    }
    text.push_str("</svg>\n");
    text
}

fn millis(micros: u32) -> f64 {
    f64::from(micros.max(1)) / 1000.0
}

fn series(name: &str, points: impl Iterator<Item = (usize, f64)>) -> Series {
    #[allow(clippy::cast_precision_loss, reason = "a coordinate")]
    let mut points: Vec<_> =
        points.map(|(n, value)| ((n.max(1) as f64).log10(), n.to_string(), value)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    Series { name: name.to_owned(), points }
}

fn diagram(text: &mut String, (left, top): (f64, f64), title: &str, all: &[Series], logarithmic: bool) {
    let scale = |value: f64| if logarithmic { value.log10() } else { value };
    let points = || all.iter().flat_map(|series| &series.points);
    let (first, last) = points().fold((f64::MAX, f64::MIN), |(a, b), p| (a.min(p.0), b.max(p.0)));
    let highest = points().map(|p| scale(p.2)).fold(f64::MIN, f64::max);
    let lowest = if logarithmic { points().map(|p| scale(p.2)).fold(f64::MAX, f64::min) } else { 0.0 };
    let x = |at: f64| left + 50.0 + (at - first) / (last - first).max(0.1) * (WIDTH - 100.0);
    let y = |value: f64| {
        let part = (scale(value) - lowest) / (highest - lowest).max(0.01);
        top + HEIGHT - 30.0 - part * (HEIGHT - 85.0)
    };
    let mut add = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    add(format!("<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{title}</text>", left + 10.0, top + 16.0));
    for (n, Series { name, points }) in all.iter().enumerate() {
        let colour = COLOURS[n % COLOURS.len()];
        let at = 10.0 + 110.0 * f64::from(u32::try_from(n).unwrap_or(0));
        add(format!("<text x=\"{}\" y=\"{}\" fill=\"{colour}\">● {name}</text>", left + at, top + 32.0));
        let path: Vec<String> = points.iter().map(|p| format!("{:.1},{:.1}", x(p.0), y(p.2))).collect();
        add(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        ));
        for (at, label, value) in points {
            let (x, y) = (x(*at), y(*value));
            let value = if logarithmic { format!("{value:.2}") } else { format!("{value:.0}") };
            add(format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"));
            add(format!("<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value}</text>", y - 7.0));
            if n == 0 {
                let y = top + HEIGHT - 10.0;
                add(format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{label}</text>"));
            }
        }
    }
}
