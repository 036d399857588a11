//! A property of a body: not given, cleared, or a value.

/// What a body says of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<T> {
    /// The property is missing or `null`: a change leaves it as it is.
    Absent,
    /// `""` or `[]`: the property is cleared.
    Clear,
    /// A value.
    Value(T),
}

impl<T> Given<T> {
    /// Returns whether the property is missing or `null`.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Returns the value; `None` if the property is missing or cleared. For creations.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Clear => None,
        }
    }

    /// Returns the change of an optional value: `None` changes nothing, `Some(None)` removes the value.
    #[must_use]
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Clear => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// Returns the change of a value whose cleared form is its default, such as a list or `""`.
    #[must_use]
    pub fn change_or_default(self) -> Option<T>
    where
        T: Default,
    {
        self.change().map(Option::unwrap_or_default)
    }

    /// Converts the value.
    #[must_use]
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Given<U> {
        match self {
            Self::Absent => Given::Absent,
            Self::Clear => Given::Clear,
            Self::Value(value) => Given::Value(convert(value)),
        }
    }

    /// Converts the value by a function that may fail.
    ///
    /// # Errors
    /// Returns the error of the function.
    pub fn try_map<U, E>(self, convert: impl FnOnce(T) -> Result<U, E>) -> Result<Given<U>, E> {
        Ok(match self {
            Self::Absent => Given::Absent,
            Self::Clear => Given::Clear,
            Self::Value(value) => Given::Value(convert(value)?),
        })
    }
}
