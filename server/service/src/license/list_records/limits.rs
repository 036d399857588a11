//! How many licenses a list looks at.

use crate::Error;

/// Most licenses that one condition may name, and that a page without a narrow condition looks at.
pub(super) const MAX_CANDIDATES: usize = 10_000;
/// One more, which tells whether there are more.
pub(super) const MOST: u64 = MAX_CANDIDATES as u64 + 1;

/// Returns the error of a list whose conditions leave too many licenses to look at.
pub(super) fn too_wide() -> Error {
    Error::invalid(
        "filter",
        "These filters would read more than 10,000 licenses. Add a narrower one, such as productId in place of \
         licenseTemplateId, userId, metadata.key with metadata.value, or a range of createdAt.",
    )
}
