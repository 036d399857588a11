//! The parts of an account that a live page watches.

use std::fmt;
use std::str::FromStr;

use domain::{AccountId, LicenseId};

use crate::Error;

/// A license, or the overview of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// The figures and lists of an account's overview. The topic names the account, because the tabs of a
    /// browser may show pages of several accounts.
    Overview(AccountId),
    /// The page of a license.
    License(LicenseId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overview(account) => write!(f, "overview:{account}"),
            Self::License(id) => write!(f, "license:{id}"),
        }
    }
}

impl FromStr for Topic {
    type Err = Error;

    /// Parses the word in URLs. An unknown word is [`Error::NotFound`], as a missing license is.
    fn from_str(word: &str) -> Result<Self, Error> {
        match word.split_once(':') {
            Some(("overview", id)) => Ok(Self::Overview(id.parse().map_err(|_| Error::NotFound)?)),
            Some(("license", id)) => Ok(Self::License(id.parse().map_err(|_| Error::NotFound)?)),
            _ => Err(Error::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_topics() {
        let id = "01930000-0000-7000-8000-000000000001";
        for word in [format!("overview:{id}"), format!("license:{id}")] {
            assert_eq!(word.parse::<Topic>().expect("a topic").to_string(), word);
        }
        for word in
            ["", "overview", "overview:", "overview:x", "license", "license:", "license:x", "account:x"]
        {
            assert!(matches!(word.parse::<Topic>(), Err(Error::NotFound)), "{word}");
        }
    }
}
