//! Who sees a field or a meter of a license, beside the seller.

use serde::{Deserialize, Serialize};

/// The readers of a field. The default is the seller alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a reader of its own")]
pub struct Visibility {
    /// Apps, in the tokens of activations.
    pub activation: bool,
    /// The customer who holds the license.
    pub user: bool,
    /// The organization that holds the license.
    pub organization: bool,
    /// The reseller of the license.
    pub reseller: bool,
}

impl Visibility {
    /// Visible to apps.
    pub const ACTIVATION: Self = Self { activation: true, user: false, organization: false, reseller: false };

    /// Returns the words of the readers, in a fixed order.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        let Self { activation, user, organization, reseller } = self;
        [(activation, "activation"), (user, "user"), (organization, "organization"), (reseller, "reseller")]
            .into_iter()
            .filter_map(|(sees, word)| sees.then_some(word))
            .collect()
    }

    /// Adds the reader of this word, in any case. Returns whether the word is known.
    pub fn add(&mut self, word: &str) -> bool {
        let reader = match word.to_ascii_lowercase().as_str() {
            "activation" => &mut self.activation,
            "user" => &mut self.user,
            "organization" => &mut self.organization,
            "reseller" => &mut self.reseller,
            _ => return false,
        };
        *reader = true;
        true
    }

    /// Returns the stored words, separated by commas.
    #[must_use]
    pub fn to_storage(self) -> String {
        self.words().join(",")
    }

    /// Parses the stored words. Words of a later version are ignored.
    #[must_use]
    pub fn from_storage(words: &str) -> Self {
        let mut visibility = Self::default();
        for word in words.split(',') {
            visibility.add(word);
        }
        visibility
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visibility_round_trips_through_storage() {
        for bits in 0..16u8 {
            let visibility = Visibility {
                activation: bits & 1 != 0,
                user: bits & 2 != 0,
                organization: bits & 4 != 0,
                reseller: bits & 8 != 0,
            };
            assert_eq!(Visibility::from_storage(&visibility.to_storage()), visibility);
        }
        assert_eq!(Visibility::ACTIVATION.to_storage(), "activation");
        assert!(!Visibility::default().add("everybody"));
    }
}
