//! Words of rules: the kind of a license, and two strategies that only clients apply.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All values, in menu order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word used in storage, in tokens and in the management API.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Parses a word in any case.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str().eq_ignore_ascii_case(word))
            }
        }
    )+};
}

words! {
    /// The kind of a license: how its machines hold their slots.
    LicenseKind {
        /// A machine keeps its slot.
        #[default]
        NodeLocked = "node-locked",
        /// A machine keeps its slot for a lease, which it extends at this server.
        HostedFloating = "hosted-floating",
        /// The seller's customer runs a server for floating clients.
        OnPremiseFloating = "on-premise-floating",
    }

    /// How clients compare fingerprints. This server compares them exactly.
    FingerprintMatching {
        /// All parts are the same.
        #[default]
        Exact = "exact",
        /// Most parts are the same.
        Fuzzy = "fuzzy",
        /// One part is the same.
        Loose = "loose",
    }

    /// What takes a floating slot, as clients apply it.
    LeasingStrategy {
        /// A machine.
        #[default]
        PerMachine = "per-machine",
        /// A running instance of the app.
        PerInstance = "per-instance",
    }
}
