//! When a page is to be read again.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::UiError;

/// Grows with every answer that says that the page is not what it was: it was done, or it
/// could not be, because of what somebody else had done. An answer that says nothing of that
/// leaves the page as it is: what was typed is in it.
pub fn refetch_trigger<S>(action: ServerAction<S>) -> Signal<usize>
where
    S: ServerFn<Error = UiError> + Send + Sync + Clone + 'static,
    S::Output: Send + Sync + 'static,
{
    let (version, value) = (action.version(), action.value());
    Memo::new(move |before: Option<&usize>| {
        let version = version.get();
        let tells = match value.read().as_ref() {
            Some(Ok(_)) => true,
            Some(Err(error)) => matches!(error.code.as_str(), "conflict" | "not_found" | "forbidden"),
            None => false,
        };
        if tells { version } else { before.copied().unwrap_or_default() }
    })
    .into()
}
