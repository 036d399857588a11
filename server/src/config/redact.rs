//! Redaction of secrets in settings.

/// Returns the URL of a mail server without user and password. Some providers take a token for both.
pub fn redact_credentials(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) => {
            if parsed.password().is_some() {
                let _ = parsed.set_username("********");
                let _ = parsed.set_password(None);
            }
            parsed.set_fragment(None);
            parsed.to_string()
        }
        Err(_) => "********".to_owned(),
    }
}

/// Returns the URL of a database without its password.
pub fn redact_password(url: &str) -> String {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    if scheme == "sqlite" {
        return url.to_owned();
    }
    match url::Url::parse(url) {
        // The query may contain a password too.
        Ok(mut parsed) if parsed.query().is_none() => {
            if parsed.password().is_some() {
                let _ = parsed.set_password(Some("********"));
            }
            parsed.to_string()
        }
        _ => format!("{scheme}:{}", if rest.is_empty() { "" } else { "//********" }),
    }
}
