//! The settings of metrics.

use std::net::SocketAddr;

/// Minimum length of the token. The listener does not limit attempts.
const MIN_TOKEN_CHARS: usize = 16;

/// Checks the address and the token of the metrics.
pub(super) fn check(listen: Option<SocketAddr>, token: Option<&str>) -> Result<(), String> {
    if let Some(token) = token {
        let is_sent_whole = token.bytes().all(|byte| byte.is_ascii_graphic());
        if token.len() < MIN_TOKEN_CHARS || !is_sent_whole {
            return Err(
                "The setting metrics_token must have at least 16 characters: letters, digits and signs, without spaces."
                    .into(),
            );
        }
    } else if listen.is_some_and(|listen| !listen.ip().is_loopback()) {
        return Err(
            "The setting metrics_listen needs the setting metrics_token, because other machines reach this address."
                .into(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_addresses_than_loopback_need_a_token() {
        let check = |listen: &str, token| check(Some(listen.parse().expect("an address")), token);
        for listen in ["127.0.0.1:13009", "127.0.0.5:0", "[::1]:13009"] {
            assert!(check(listen, None).is_ok(), "{listen}");
        }
        for listen in ["0.0.0.0:13009", "[::]:13009", "192.0.2.1:13009"] {
            assert!(check(listen, None).is_err(), "{listen}");
            assert!(check(listen, Some("0123456789abcdef")).is_ok(), "{listen}");
        }
    }

    #[test]
    fn token_is_long_and_needs_no_quotes() {
        for token in ["", "0123456789abcde", "0123456789 abcdef", "0123456789abcdé", "0123456789abcdef\n"] {
            assert!(check(None, Some(token)).is_err(), "{token:?}");
        }
    }
}
