//! Hides controls that the member's role does not allow. For usability only: the use cases check the
//! permission.

use domain::permission::{Permission, Role};
use domain::view::CurrentUser;
use leptos::prelude::*;

use crate::UiError;

/// The signed-in user, loaded by the layout.
#[derive(Clone, Copy)]
pub struct CurrentUserContext(pub Resource<Result<CurrentUser, UiError>>);

impl CurrentUserContext {
    /// Returns the permissions of the signed-in user.
    pub async fn permissions(self) -> Permissions {
        Permissions(self.0.await.ok().map(|me| me.role))
    }
}

/// The permissions of a user: none if no user is signed in.
#[derive(Clone, Copy)]
pub struct Permissions(Option<Role>);

impl Permissions {
    /// Returns whether `permission` is granted.
    pub fn allows(self, permission: Permission) -> bool {
        self.0.is_some_and(|role| role.allows(permission))
    }
}

/// Shows `children` if the permission `to` is granted, else the text `otherwise`, if given.
#[component]
pub fn RequirePermission(
    to: Permission,
    #[prop(optional)] otherwise: Option<&'static str>,
    children: ChildrenFn,
) -> impl IntoView {
    let current_user = expect_context::<CurrentUserContext>();
    view! {
        <Suspense>
            {move || {
                let children = children.clone();
                Suspend::new(async move {
                    if current_user.permissions().await.allows(to) {
                        return children().into_any();
                    }
                    otherwise.map(|text| view! { <p class="muted">{text}</p> }).into_any()
                })
            }}
        </Suspense>
    }
}
