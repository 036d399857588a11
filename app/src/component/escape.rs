//! HTML escaping for `<title>` and text areas, which Leptos does not escape on the server.

/// Escapes the text.
pub fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
