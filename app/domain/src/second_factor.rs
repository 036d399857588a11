//! Codes of the second factor of a sign-in: from an authenticator app (TOTP, RFC 6238) or a recovery code.

use crate::FieldError;

/// Number of recovery codes of a user.
pub const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code. 50 bits are beyond guessing, because attempts are limited.
pub const RECOVERY_CODE_LEN: usize = 10;
/// Digits of a code of an authenticator app.
const APP_CODE_LEN: usize = 6;

/// A typed code.
#[derive(Clone, PartialEq, Eq)]
pub enum SecondFactorCode {
    /// Six digits of an authenticator app.
    App(String),
    /// A recovery code, in capital letters without hyphens.
    Recovery(String),
}

impl SecondFactorCode {
    /// Parses a code as people type it: with spaces, hyphens and small letters.
    ///
    /// # Errors
    /// Returns [`FieldError`] of the field `code` if it has the form of neither kind.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let mut code: String = input.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).collect();
        code.make_ascii_uppercase();
        let is_base32 = |b: u8| matches!(b, b'A'..=b'Z' | b'2'..=b'7');
        if code.len() == APP_CODE_LEN && code.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self::App(code))
        } else if code.len() == RECOVERY_CODE_LEN && code.bytes().all(is_base32) {
            Ok(Self::Recovery(code))
        } else {
            let text = "Type the 6 digits that the app shows, or one of the recovery codes.";
            Err(FieldError::new("code", text))
        }
    }
}

/// Formats a recovery code for reading: two groups with a hyphen.
#[must_use]
pub fn format_recovery_code(code: &str) -> String {
    code.split_at_checked(RECOVERY_CODE_LEN / 2).map_or_else(|| code.to_owned(), |(a, b)| format!("{a}-{b}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recovery(code: &str) -> Option<String> {
        match SecondFactorCode::parse(code) {
            Ok(SecondFactorCode::Recovery(code)) => Some(code),
            _ => None,
        }
    }

    #[test]
    fn codes_are_parsed_as_people_type_them() {
        for typed in ["123456", " 123 456 ", "123-456"] {
            assert!(SecondFactorCode::parse(typed) == Ok(SecondFactorCode::App("123456".to_owned())));
        }
        for typed in ["ABCDE-23456", "abcde23456", " abcde 23456\n"] {
            assert_eq!(recovery(typed).as_deref(), Some("ABCDE23456"));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for typed in ["", "12345", "1234567", "ABCDE-2345", "ABCDE-23451", "１２３４５６", "ABCDÉ-23456"]
        {
            assert!(SecondFactorCode::parse(typed).is_err_and(|fault| fault.field == "code"), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn formatted_recovery_code_parses_to_itself(code in "[A-Z2-7]{10}") {
            prop_assert_eq!(recovery(&format_recovery_code(&code)), Some(code));
        }

        #[test]
        fn parsing_never_panics(typed in any::<String>()) {
            let _ = SecondFactorCode::parse(&typed);
        }
    }
}
