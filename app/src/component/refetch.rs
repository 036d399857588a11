//! Trigger that refetches a page's data after an action.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::UiError;

/// Returns a counter that increments when an action's result means that the page is out of date: after
/// success, and after `conflict`, `not_found` or `forbidden`, which another user's change may cause. Other
/// errors keep the page, because a refetch would discard the typed values.
pub fn refetch_trigger<S>(action: ServerAction<S>) -> Signal<usize>
where
    S: ServerFn<Error = UiError> + Send + Sync + Clone + 'static,
    S::Output: Send + Sync + 'static,
{
    let (version, value) = (action.version(), action.value());
    Memo::new(move |before: Option<&usize>| {
        let version = version.get();
        let is_outdated = match value.read().as_ref() {
            Some(Ok(_)) => true,
            Some(Err(error)) => matches!(error.code.as_str(), "conflict" | "not_found" | "forbidden"),
            None => false,
        };
        if is_outdated { version } else { before.copied().unwrap_or_default() }
    })
    .into()
}
