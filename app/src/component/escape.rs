//! Text for the two places that Leptos does not escape on the server.

/// On the server the text as HTML; in the browser, where it is set as text, as
/// it is.
pub fn escape_html(text: &str) -> String {
    if cfg!(feature = "ssr") {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        text.to_owned()
    }
}
