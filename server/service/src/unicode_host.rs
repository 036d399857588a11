//! Display form of international host names: Unicode where no other name looks like it.
//!
//! A label stays punycode if it mixes scripts, or if its letters look like ASCII letters, as
//! Cyrillic `а` does (Unicode Technical Standard 39, sections 4 and 5.1).

use idna::AsciiDenyList;
use idna::uts46::{Hyphens, Uts46};
use unicode_security::MixedScript as _;
use unicode_security::confusable_detection::skeleton;

/// Returns the Unicode form of a host. `None` if it is the same, or if a label may deceive.
#[must_use]
pub(crate) fn to_unicode(host: &str) -> Option<String> {
    if !host.split('.').any(|label| label.starts_with("xn--")) {
        return None;
    }
    let is_safe = |label: &[char], _tld: &[char], _is_bidi: bool| {
        let label: String = label.iter().collect();
        label.is_ascii() || label.is_single_script() && !looks_like_ascii(&label)
    };
    let (unicode, result) =
        Uts46::new().to_user_interface(host.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, is_safe);
    (result.is_ok() && unicode != host).then(|| unicode.into_owned())
}

/// Returns an address with its host in Unicode, where that is safe.
pub(crate) fn email_to_unicode(email: String) -> String {
    match email.rsplit_once('@').and_then(|(local, host)| Some((local, to_unicode(host)?))) {
        Some((local, host)) => format!("{local}@{host}"),
        None => email,
    }
}

fn looks_like_ascii(label: &str) -> bool {
    skeleton(label).all(|c| c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_names_are_shown_in_unicode() {
        for (ascii, unicode) in [
            ("xn--bcher-kva.example", "bücher.example"),
            ("shop.xn--bcher-kva.example", "shop.bücher.example"),
            ("xn--fa-hia.de", "faß.de"),
            ("xn--fsqu00a.xn--0zwm56d", "例子.测试"),
            ("xn--h1alffa9f.xn--p1ai", "россия.рф"),
        ] {
            assert_eq!(to_unicode(ascii).as_deref(), Some(unicode), "{ascii}");
        }
        assert_eq!(email_to_unicode("ada@xn--bcher-kva.example".into()), "ada@bücher.example");
    }

    #[test]
    fn deceptive_names_stay_punycode() {
        // Cyrillic а in Latin "paypal"; Cyrillic "аррӏе" alone; plain and malformed names.
        for host in ["xn--pypal-4ve.com", "xn--80ak6aa92e.com", "example.com", "xn--a.example", "127.0.0.1"] {
            assert_eq!(to_unicode(host), None, "{host}");
        }
    }
}
