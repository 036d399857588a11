//! What is ordered.

/// What is ordered: a certificate of names, from the authority of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSubject {
    directory: String,
    names: Vec<String>,
}

impl CertificateSubject {
    /// Creates a subject. The order of the names does not matter.
    #[must_use]
    pub fn new(directory: String, mut names: Vec<String>) -> Self {
        names.sort_unstable();
        names.dedup();
        Self { directory, names }
    }

    /// Returns the address of the authority's directory.
    #[must_use]
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// Returns the names of the certificate.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the names as they are stored: sorted, separated by spaces.
    #[must_use]
    pub fn joined_names(&self) -> String {
        self.names.join(" ")
    }

    /// Returns whether a host is one of the names, which are as they are stored.
    pub(super) fn is_named(joined_names: &str, host: &str) -> bool {
        joined_names.split(' ').any(|name| name == host)
    }
}
