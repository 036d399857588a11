//! What is ordered, and where.

use std::path::PathBuf;

use service::certificate::CertificateSubject;

/// The settings of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcmeSettings {
    /// The names and the directory of the authority.
    pub subject: CertificateSubject,
    /// The host of the public address, which is one of the names.
    pub host: String,
    /// The e-mail address of the operator for the authority.
    pub contact: Option<String>,
    /// A PEM file with the roots of a private authority, whose directory has no public certificate.
    pub root: Option<PathBuf>,
}
