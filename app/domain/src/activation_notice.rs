//! Notices of activations: how many, and the host names in them.

/// Longest host name in a mail, in characters.
const MAX_HOST_NAME_LEN: usize = 60;

/// Returns the host name of a machine as mails show it, at most 60 characters of it. `None` if it has other
/// characters than letters, digits, dots, hyphens and underscores.
///
/// Apps report host names, so that every holder of a license key could write a text to the customer.
#[must_use]
pub fn host_name_in_mail(name: &str) -> Option<String> {
    let name = name.trim();
    let is_host_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_shown = !name.is_empty() && name.chars().all(is_host_name);
    is_shown.then(|| name.chars().take(MAX_HOST_NAME_LEN).collect())
}

/// Notices of activations that a license gets in a day, besides the last notice, which names further
/// activations.
pub const NOTICES_PER_DAY: u64 = 5;

/// A notice of an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It names a single activation.
    Single,
    /// It is the last notice of the day, and says that there are further activations.
    WithFurther,
}

/// Returns the notice that a license gets after so many of the day. `None` if it gets no more.
#[must_use]
pub fn notice_of_day(sent_today: u64) -> Option<Notice> {
    match sent_today {
        ..NOTICES_PER_DAY => Some(Notice::Single),
        NOTICES_PER_DAY => Some(Notice::WithFurther),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_of_a_day_end_with_one_that_says_so() {
        let notices: Vec<_> = (0..8).map(notice_of_day).collect();
        assert!(notices[..5].iter().all(|notice| *notice == Some(Notice::Single)));
        assert_eq!(notices[5..], [Some(Notice::WithFurther), None, None]);
    }

    #[test]
    fn only_host_names_are_shown() {
        for name in ["build-7", "Büro_PC", "mac.local", "10.0.0.7"] {
            assert_eq!(host_name_in_mail(&format!(" {name}\n")).as_deref(), Some(name));
        }
        for text in [
            "",
            " ",
            "a b",
            "a\nb",
            "a\u{2028}b",
            "a\u{202E}b",
            "https://a.example",
            "a/b",
            "<b>",
            "a@b.example",
        ] {
            assert_eq!(host_name_in_mail(text), None, "{text:?}");
        }
        assert_eq!(host_name_in_mail(&"ü".repeat(256)), Some("ü".repeat(60)));
    }
}
