//! Browsers as lists of sessions name them.

/// Longest stored user agent, in bytes.
pub const MAX_USER_AGENT_LEN: usize = 256;

/// Products in the order of their test: every browser also names those that it derives from.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// Systems in the order of their test.
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// Describes the sender of a user agent (RFC 9110, 10.1.5) in words, such as "Firefox on Linux". A hint for
/// people: the sender chooses the text.
#[must_use]
pub fn describe(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "An unknown browser".to_owned(),
    }
}

/// Shortens a user agent to its stored length, at a border of characters.
#[must_use]
pub fn shorten(user_agent: &str) -> &str {
    &user_agent[..user_agent.floor_char_boundary(MAX_USER_AGENT_LEN)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_by_their_own_product() {
        for (user_agent, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36 Edg/139.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1",
                "Safari on iOS",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            ("curl/8.9", "An unknown browser"),
            ("", "An unknown browser"),
        ] {
            assert_eq!(describe(user_agent), expected, "{user_agent}");
        }
    }

    #[test]
    fn long_user_agents_are_cut_between_characters() {
        let long = "é".repeat(MAX_USER_AGENT_LEN);
        assert_eq!(shorten(&long).len(), MAX_USER_AGENT_LEN);
        assert_eq!(shorten(&long[..255 - 1]).len(), 254);
        assert_eq!(shorten(&format!("x{long}")).len(), MAX_USER_AGENT_LEN - 1);
    }
}
