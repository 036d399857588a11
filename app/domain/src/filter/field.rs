//! Fields that lists are filtered by, their kinds and operators.

use super::Folding;

/// A comparison of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal.
    Equal,
    /// Not equal. A row without a value is not equal.
    NotEqual,
    /// Greater, or later.
    Greater,
    /// Greater or equal.
    AtLeast,
    /// Less, or earlier.
    Less,
    /// Less or equal.
    AtMost,
    /// Starts with.
    StartsWith,
    /// Ends with.
    EndsWith,
    /// Contains.
    Contains,
    /// Does not contain. A row without a value contains nothing.
    NotContains,
    /// One of. No value is one of none.
    In,
    /// None of.
    NotIn,
}

impl Operator {
    /// All operators with their words.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::Equal, "eq"),
        (Self::NotEqual, "ne"),
        (Self::Greater, "gt"),
        (Self::AtLeast, "gte"),
        (Self::Less, "lt"),
        (Self::AtMost, "lte"),
        (Self::StartsWith, "sw"),
        (Self::EndsWith, "ew"),
        (Self::Contains, "cn"),
        (Self::NotContains, "nc"),
        (Self::In, "in"),
        (Self::NotIn, "nin"),
    ];

    /// Parses the operator's word, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(word)).map(|(operator, _)| *operator)
    }

    /// Returns the operator's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("eq", |(_, word)| word)
    }

    /// Returns whether the operator compares with a list.
    #[must_use]
    pub fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }
}

/// The kind of a field: which operators it has, and how its values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// An id.
    Id,
    /// A text, compared without case. The evaluator folds the row's text in the same way.
    Text(Folding),
    /// An e-mail address: a text, in which a space is read as `+`, because clients send it unencoded.
    Email,
    /// A period of ISO 8601, compared in its shortest form: `P12M` equals `P1Y`.
    Period,
    /// One of some words, in any case.
    Enumeration(&'static [&'static str]),
    /// A whole number.
    Integer,
    /// A time.
    Time,
    /// A switch. An evaluator must give a value for every row.
    Boolean,
    /// A license key, of which only a digest and the last four characters are stored in clear.
    Key,
    /// The key of a pair of metadata.
    PairKey(Folding),
    /// The value of a pair of metadata.
    PairValue(Folding),
}

impl FieldKind {
    /// Returns the operators of the kind.
    #[must_use]
    pub fn operators(self) -> &'static [Operator] {
        use Operator::{
            AtLeast, AtMost, Contains, EndsWith, Equal, Greater, In, Less, NotContains, NotEqual, NotIn,
            StartsWith,
        };
        match self {
            Self::Id | Self::Enumeration(_) => &[Equal, NotEqual, In, NotIn],
            Self::Integer | Self::Time => &[Equal, NotEqual, Greater, AtLeast, Less, AtMost],
            Self::Boolean => &[Equal, NotEqual],
            Self::Key => &[Equal, NotEqual, In, NotIn, EndsWith],
            Self::Text(_) | Self::Email | Self::Period | Self::PairKey(_) | Self::PairValue(_) => {
                &[Equal, NotEqual, StartsWith, EndsWith, Contains, NotContains, In, NotIn]
            }
        }
    }

    /// Returns how texts of the kind are folded.
    #[must_use]
    pub fn folding(self) -> Folding {
        match self {
            Self::Text(folding) | Self::PairKey(folding) | Self::PairValue(folding) => folding,
            _ => Folding::Ascii,
        }
    }

    /// Returns whether values of the kind never begin with an operator and a space, so that `in 1,2` is read
    /// as an operator. A text may be named so.
    #[must_use]
    pub fn takes_operator_in_value(self) -> bool {
        matches!(self, Self::Id | Self::Integer | Self::Time)
    }
}

/// A field of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct FilterField {
    /// The name on the wire, such as `user.email`. A dot is part of the name.
    pub name: &'static str,
    /// The kind.
    pub kind: FieldKind,
}

impl FilterField {
    /// Creates a field.
    #[must_use]
    pub const fn new(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind }
    }

    /// Creates a field of a text that is folded as ASCII.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, FieldKind::Text(Folding::Ascii))
    }

    /// Creates a field of a text that is compared without case in any script, as names are unique: of a list that is
    /// decided in memory, or of a column of such keys.
    #[must_use]
    pub const fn in_any_case(name: &'static str) -> Self {
        Self::new(name, FieldKind::Text(Folding::Lower))
    }

    /// Creates a field of an id.
    #[must_use]
    pub const fn id(name: &'static str) -> Self {
        Self::new(name, FieldKind::Id)
    }

    /// Creates a field of a time.
    #[must_use]
    pub const fn time(name: &'static str) -> Self {
        Self::new(name, FieldKind::Time)
    }

    /// Creates a field of a whole number.
    #[must_use]
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, FieldKind::Integer)
    }

    /// Creates a field of a switch.
    #[must_use]
    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, FieldKind::Boolean)
    }
}
