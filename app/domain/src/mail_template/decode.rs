//! Character references of HTML, such as `&amp;`.

/// Replaces the usual character references. Others stay as text.
pub(super) fn decode(text: &str) -> String {
    let (mut decoded, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let reference = after.split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        if let Some((c, after)) = reference {
            decoded.push(c);
            rest = after;
        } else {
            decoded.push('&');
            rest = after;
        }
    }
    decoded.push_str(rest);
    decoded
}

/// Returns the character of a reference, without `&` and `;`.
fn character(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        "nbsp" => return Some('\u{a0}'),
        _ => name.strip_prefix('#')?,
    };
    let code = match code.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => code.parse().ok()?,
    };
    char::from_u32(code).filter(|c| !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_references_become_characters() {
        let text = "&lt;&gt;&quot;&apos;&amp;lt; &#65;&#x42; &nbsp;";
        assert_eq!(decode(text), "<>\"'&lt; AB \u{a0}");
        for text in ["&", "&;", "&copy;", "&#;", "&#x110000;", "&#7;", "a & b; c"] {
            assert_eq!(decode(text), text);
        }
    }
}
