//! What only some may do is shown to them alone. That is a courtesy: the use cases ask again.

use domain::permission::{Permission, Role};
use domain::view::CurrentUser;
use leptos::prelude::*;

use crate::UiError;

/// Who is signed in, as the frame of all pages asked.
#[derive(Clone, Copy)]
pub struct CurrentUserContext(pub Resource<Result<CurrentUser, UiError>>);

impl CurrentUserContext {
    /// What they may do.
    pub async fn permissions(self) -> Permissions {
        Permissions(self.0.await.ok().map(|me| me.role))
    }
}

/// What somebody may do: nothing, where nobody is signed in.
#[derive(Clone, Copy)]
pub struct Permissions(Option<Role>);

impl Permissions {
    /// Whether this is among it.
    pub fn allows(self, permission: Permission) -> bool {
        self.0.is_some_and(|role| role.allows(permission))
    }
}

/// What is inside, for those who may; others are told what is `otherwise`, if it is said.
#[component]
pub fn RequirePermission(
    to: Permission,
    #[prop(optional)] otherwise: Option<&'static str>,
    children: ChildrenFn,
) -> impl IntoView {
    let who = expect_context::<CurrentUserContext>();
    view! {
        <Suspense>
            {move || {
                let children = children.clone();
                Suspend::new(async move {
                    if who.permissions().await.allows(to) {
                        return children().into_any();
                    }
                    otherwise.map(|says| view! { <p class="muted">{says}</p> }).into_any()
                })
            }}
        </Suspense>
    }
}
