//! The form of a tab: it saves the fields of its tab alone.

use domain::ProductId;
use leptos::prelude::*;

use crate::component::{FormMessage, FormState, PostForm, Saved, StoredFields, StoredValues};

/// A form with the fields `children`, read-only unless `may_change`.
#[component]
pub fn TabForm(
    /// The path of the server function.
    to: &'static str,
    id: ProductId,
    form: FormState,
    stored: StoredFields,
    may_change: bool,
    children: Children,
) -> impl IntoView {
    let save = if may_change {
        view! { <button class="button button-primary">"Save"</button> }.into_any()
    } else {
        view! { <p class="muted">"Owners and admins change these."</p> }.into_any()
    };
    view! {
        <PostForm to=to novalidate=true>
            <FormMessage form/>
            <input type="hidden" name="id" value=id.to_string()/>
            <StoredValues form stored/>
            <fieldset class="borderless stack" disabled=!may_change>{children()}</fieldset>
            // Beside the button, because the page keeps its place.
            <Saved form/>
            {save}
        </PostForm>
    }
}
