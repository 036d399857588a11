//! What only some may do is shown to them alone. That is a courtesy: the use cases ask again.

use domain::permission::{Permission, Role};
use domain::view::Me;
use leptos::prelude::*;

use crate::UiError;

/// Who is signed in, as the frame of all pages asked.
#[derive(Clone, Copy)]
pub struct Who(pub Resource<Result<Me, UiError>>);

impl Who {
    /// What they may do.
    pub async fn may(self) -> May {
        May(self.0.await.ok().map(|me| me.role))
    }
}

/// What somebody may do: nothing, where nobody is signed in.
#[derive(Clone, Copy)]
pub struct May(Option<Role>);

impl May {
    /// Whether this is among it.
    pub fn to(self, permission: Permission) -> bool {
        self.0.is_some_and(|role| role.may(permission))
    }
}

/// What is inside, for those who may; others are told what is `otherwise`, if it is said.
#[component]
pub fn Allowed(
    to: Permission,
    #[prop(optional)] otherwise: Option<&'static str>,
    children: ChildrenFn,
) -> impl IntoView {
    let who = expect_context::<Who>();
    view! {
        <Suspense>
            {move || {
                let children = children.clone();
                Suspend::new(async move {
                    if who.may().await.to(to) {
                        return children().into_any();
                    }
                    otherwise.map(|says| view! { <p class="muted">{says}</p> }).into_any()
                })
            }}
        </Suspense>
    }
}
