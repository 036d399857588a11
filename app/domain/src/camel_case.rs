//! Names as the management API writes them.

/// Returns a name in camel case: `expires_at` is `expiresAt`.
#[must_use]
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut chars = word.chars();
        camel.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(chars.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_but_the_first_begins_with_a_capital() {
        assert_eq!(camel_case("expires_at"), "expiresAt");
        assert_eq!(camel_case("name"), "name");
        assert_eq!(camel_case(""), "");
    }
}
