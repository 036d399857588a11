//! A request to make a license, ready for the writer.

use std::sync::Arc;

use domain::trace_context::TraceContext;
use domain::{IssuedKey, LicenseId};

use super::terms::CreateLicense;
use crate::Actor;
use crate::secrets::KeyDigests;

/// A license to make, with its key sealed.
#[derive(Clone)]
pub(crate) struct CreateRequest {
    pub actor: Actor,
    pub license: CreateLicense,
    pub id: LicenseId,
    pub key: IssuedKey,
    pub digests: KeyDigests,
    pub key_sealed: Vec<u8>,
    pub trace: Option<Arc<TraceContext>>,
}
