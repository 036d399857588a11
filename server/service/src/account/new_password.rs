//! Rules for new passwords (NIST SP 800-63B, 3.1.1.2): a minimum length, no common password, and
//! none that contains the account's own words. There are no rules on the composition.

use domain::FieldError;
use domain::bounded_text::check_new_password;
use domain::unicode::nfkc;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, JoinType, QueryFilter as _, QuerySelect as _,
    RelationTrait as _,
};

use crate::Result;
use crate::store::entity::{accounts, memberships, users};

/// A password that an attacker finds within this number of guesses is common.
const COMMON_GUESSES: u64 = 10_000;
/// Shortest own word that is searched for, in characters.
const MIN_WORD_LEN: usize = 4;

/// Checks a new password. `own_words` are the user's and the account's names and address.
///
/// # Errors
/// Returns [`FieldError`] if the password is too short, too long or common, or contains an own word.
pub(crate) fn check(password: &str, own_words: &[&str]) -> std::result::Result<(), FieldError> {
    let password = nfkc(password);
    check_new_password(&password)?;
    let refused = |message: &str| Err(FieldError::new("password", message));
    if zxcvbn::zxcvbn(&password, &[]).guesses() <= COMMON_GUESSES {
        return refused(
            "This password is one of the most common. Choose another one, such as four random words.",
        );
    }
    let lower = password.to_lowercase();
    let parts = own_words.iter().flat_map(|word| word.split('@').take(1).chain([*word]));
    let contains =
        |word: &str| word.chars().count() >= MIN_WORD_LEN && lower.contains(&nfkc(word).to_lowercase());
    if parts.into_iter().any(contains) {
        return refused("The password must not contain your name, your address or the account’s name.");
    }
    Ok(())
}

/// Returns the own words of a stored user: name, address, and the names of the accounts.
pub(super) async fn own_words(db: &impl ConnectionTrait, user: &users::Model) -> Result<Vec<String>> {
    let mut words: Vec<String> = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.id))
        .select_only()
        .column(accounts::Column::Name)
        .join(JoinType::InnerJoin, memberships::Relation::Account.def())
        .into_tuple()
        .all(db)
        .await?;
    words.extend([user.email.clone(), user.name.clone()]);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [&str; 3] = ["ada.keller@example.com", "Ada Keller", "Maple"];

    #[test]
    fn common_passwords_are_refused() {
        for password in ["password12", "1234567890", "qwertyuiop", "aaaaaaaaaa"] {
            assert!(check(password, &OWN).is_err(), "{password}");
        }
    }

    #[test]
    fn passwords_with_own_words_are_refused() {
        for password in ["xyADA.KELLER99!", "my-maple-2026-tree", "ｍａｐｌｅ maple 77"] {
            assert!(check(password, &OWN).is_err(), "{password}");
        }
    }

    #[test]
    fn other_passwords_are_accepted() {
        for password in ["correct horse battery", "zwölf Äpfel im Korb", "jX9%kq2Lm1"] {
            assert_eq!(check(password, &OWN), Ok(()), "{password}");
        }
        assert_eq!(check("correct horse battery", &["", "a@b.c", "Bob"]), Ok(()));
    }
}
