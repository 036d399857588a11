//! Validation errors: each names the field and the remedy.

/// A rejected input value.
///
/// The message is a complete sentence for the user. It never repeats the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FieldError {
    /// The field's name in the request, such as `domain`.
    pub field: &'static str,
    /// One sentence that names the error and the remedy.
    pub message: String,
}

impl FieldError {
    /// Creates an error of `field`.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }

    /// Moves the error to `field`, for requests that use another name.
    #[must_use]
    pub fn in_field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }
}

/// Collects the field errors of a form, so that one response reports all of them.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Returns the value, or records the error and returns `None`.
    pub fn check<T>(&mut self, field: Result<T, FieldError>) -> Option<T> {
        field.map_err(|invalid| self.0.push(invalid)).ok()
    }

    /// Returns all errors in the order of the checks.
    #[must_use]
    pub fn into_inner(self) -> Vec<FieldError> {
        self.0
    }
}
