//! The page of one object.

use domain::permission::Permission;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::UiError;
use crate::component::{CurrentUserContext, ErrorState, PageTitle};

/// Returns the page of the object whose id is in the path. `body` gets the object, and whether the member has the
/// permission to change it. `title` is the title if the object could not be loaded.
pub fn page_by_id<T, Fut>(
    title: &'static str,
    to_change: Permission,
    load: impl Fn(String) -> Fut + Send + Sync + 'static,
    body: fn(T, bool) -> AnyView,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = Result<T, UiError>> + Send + 'static,
{
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let current_user = expect_context::<CurrentUserContext>();
    let page = Resource::new(move || id.get(), load);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let may_change = current_user.permissions().await.allows(to_change);
                match page.await {
                    Ok(object) => body(object, may_change),
                    Err(error) => view! { <PageTitle text=title/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}
