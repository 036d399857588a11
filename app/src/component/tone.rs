//! Tone of a badge, a tag or a notice.

/// How good or bad a state is. The style sheet gives each tone a shape and a color.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    Neutral,
    /// As it should be.
    Success,
    /// Needs attention.
    Warning,
    /// Failed, or cannot be undone.
    Danger,
}

impl Tone {
    /// Returns the word in the names of classes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Danger => "danger",
        }
    }
}
