//! The version of a page's data.

use crate::Service;

/// Returns the version of the data for a page that is rendered now. Call it before the data is loaded: a
/// change in between then gives another version.
#[must_use]
pub fn page_version(service: &Service) -> String {
    service.store.live.version_of_page()
}
