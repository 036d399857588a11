//! Page for offline activation: takes a request file and returns a response file.

use domain::permission::Permission;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use crate::component::{
    Card, ErrorState, FormMessage, FormState, PageTitle, PostForm, RequirePermission, Select, TextArea,
};
use crate::island::CopyButton;
use crate::server_fn::offline::{ActivateOffline, DeactivateOffline, offline_response};

/// The page of a license's offline activation.
#[component]
pub fn Offline() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let made = Resource::new(move || id.get(), offline_response);
    view! {
        <PageTitle text="Offline activation"/>
        <p class="breadcrumb"><a href=move || format!("/licenses/{}", id.get())>"License"</a></p>
        <h1>"Machines without a network"</h1>
        <p>
            "The app writes a request file, the customer sends it to you, you send the response back. "
            <a href="/docs/tokens" rel="external">"What is in the files"</a>
        </p>
        <Transition>
            {move || Suspend::new(async move {
                match made.await {
                    Ok(made) => made.map(response).into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
        <RequirePermission to=Permission::WriteLicense otherwise="Viewers activate nothing: ask an owner, an admin or support.">
            <Forms id/>
        </RequirePermission>
    }
}

#[component]
fn Forms(id: Memo<String>) -> impl IntoView {
    let of_activate = FormState::of::<ActivateOffline>();
    let of_deactivate = FormState::of::<DeactivateOffline>();
    view! {
        <Card title="Activate">
            <PostForm to=ActivateOffline::url()>
                <FormMessage form=of_activate/>
                <input type="hidden" name="license" value=id.get()/>
                <TextArea form=of_activate name="file" label="The request file’s content" rows=6
                    hint="As the app wrote it: JSON, or base 64."/>
                <Select form=of_activate name="validity" label="The response must be loaded within" value="604800" options=validity_options()/>
                <button class="button button-primary">"Activate"</button>
            </PostForm>
        </Card>
        <Card title="Deactivate">
            <PostForm to=DeactivateOffline::url()>
                <FormMessage form=of_deactivate/>
                <input type="hidden" name="license" value=id.get()/>
                <TextArea form=of_deactivate name="file" id="deactivation-file" label="The deactivation file’s content" rows=4
                    hint="The file proves that the app has deleted its token. The slot becomes free."/>
                <button class="button">"Deactivate"</button>
            </PostForm>
        </Card>
    }
}

fn validity_options() -> Vec<(String, String)> {
    [("604800", "7 days"), ("86400", "1 day"), ("2592000", "30 days"), ("", "any time")]
        .map(|(value, label)| (value.to_owned(), label.to_owned()))
        .to_vec()
}

fn response(text: String) -> impl IntoView {
    let download = format!("data:text/plain,{text}");
    view! {
        <section class="alert alert-success" role="status">
            <h2>"The response"</h2>
            <p>"Send it to the customer; it is shown for a minute, and the same request is answered again."</p>
            <pre class="code-block" tabindex="0"><code>{text.clone()}</code></pre>
            <p class="row">
                <CopyButton text=text/>
                <a class="button button-small" href=download download="response.txt">"Download"</a>
            </p>
        </section>
    }
}
