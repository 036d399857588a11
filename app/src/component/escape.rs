//! HTML escaping for `<title>` and text areas, which Leptos does not escape on the server.

/// Escapes the text on the server. Returns it unchanged in the browser, which sets it as a text node.
pub fn escape_html(text: &str) -> String {
    if cfg!(feature = "ssr") {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        text.to_owned()
    }
}
