//! The plot: verify's rate over the number of licenses and of connections.

use std::fmt::Write as _;

use super::report::Row;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 220.0;

/// Two diagrams side by side.
pub fn svg(rows: &[Row]) -> String {
    let warm: Vec<&Row> = rows.iter().filter(|row| row.scene == "verify, warm, uniform").collect();
    let most = rows.iter().map(|row| row.licenses).max().unwrap_or(0);
    #[allow(clippy::cast_precision_loss, reason = "a coordinate")]
    let at = |n: usize| (n as f64).log10();
    let of_licenses: Vec<(f64, f64, String)> = warm
        .iter()
        .filter(|row| row.connections == super::CONNECTIONS)
        .map(|row| (at(row.licenses), row.outcome.rate, row.licenses.to_string()))
        .collect();
    let mut of_connections: Vec<(f64, f64, String)> = warm
        .iter()
        .filter(|row| row.licenses == most)
        .map(|row| (at(row.connections), row.outcome.rate, row.connections.to_string()))
        .collect();
    of_connections.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"11\">\n",
        2.0 * WIDTH,
        HEIGHT
    );
    diagram(&mut text, 0.0, "verify a second, by licenses", &of_licenses);
    diagram(&mut text, WIDTH, "verify a second, by connections", &of_connections);
    text.push_str("</svg>\n");
    text
}

fn diagram(text: &mut String, left: f64, title: &str, points: &[(f64, f64, String)]) {
    let (first, last) = (points.first().map_or(0.0, |p| p.0), points.last().map_or(1.0, |p| p.0));
    let top = points.iter().map(|p| p.1).fold(1.0, f64::max);
    let x = |value: f64| left + 60.0 + (value - first) / (last - first).max(0.1) * (WIDTH - 90.0);
    let y = |value: f64| HEIGHT - 30.0 - value / top * (HEIGHT - 70.0);
    let mut add = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    add(format!("<text x=\"{}\" y=\"16\" font-weight=\"bold\">{title}</text>", left + 10.0));
    let path: Vec<String> = points.iter().map(|p| format!("{:.1},{:.1}", x(p.0), y(p.1))).collect();
    add(format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#1f6f5c\" stroke-width=\"2\"/>",
        path.join(" ")
    ));
    for (at, rate, label) in points {
        let (x, y) = (x(*at), y(*rate));
        add(format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#1f6f5c\"/>"));
        add(format!("<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{rate:.0}</text>", y - 8.0));
        add(format!("<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>", HEIGHT - 10.0));
    }
}
