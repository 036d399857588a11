//! Suggestions of customers while a seller types into the field of the address.
//!
//! Without JavaScript the list stays empty, and the field takes any address.

use leptos::prelude::*;

/// A suggested customer: the e-mail address, and the name or an empty text.
type Suggestion = (String, String);

/// The `<datalist>` of the field `customer_email`. A chosen customer also fills the empty field
/// `customer_name`.
#[island]
pub fn CustomerSuggestions() -> impl IntoView {
    let (hits, set_hits) = signal(Vec::<Suggestion>::new());
    Effect::new(move |_| browser::on_typed(hits, set_hits));
    let options = move || {
        let option = |(email, name): Suggestion| view! { <option value=email>{name}</option> };
        hits.get().into_iter().map(option).collect::<Vec<_>>()
    };
    view! { <datalist id="customer-suggestions">{options}</datalist> }
}

mod browser {
    #[cfg(feature = "ssr")]
    use leptos::prelude::*;

    use super::Suggestion;

    /// Loads suggestions while the user types, until the next call of this function. In the browser only.
    #[cfg(feature = "ssr")]
    pub fn on_typed(hits: ReadSignal<Vec<Suggestion>>, set_hits: WriteSignal<Vec<Suggestion>>) {
        let _ = (hits, set_hits);
    }

    #[cfg(not(feature = "ssr"))]
    pub use in_browser::on_typed;

    #[cfg(not(feature = "ssr"))]
    mod in_browser {
        use std::cell::Cell;
        use std::rc::Rc;
        use std::time::Duration;

        use leptos::prelude::*;
        use wasm_bindgen_futures::JsFuture;
        use web_sys::wasm_bindgen::{JsCast as _, JsValue};
        use web_sys::{Headers, HtmlInputElement, RequestInit, Response, js_sys};

        use super::Suggestion;

        /// The wait after the last key before the server is asked.
        const DEBOUNCE: Duration = Duration::from_millis(200);
        /// Shorter texts match too many customers.
        const MIN_CHARACTERS: usize = 2;

        pub fn on_typed(hits: ReadSignal<Vec<Suggestion>>, set_hits: WriteSignal<Vec<Suggestion>>) {
            // Counts the inputs: an answer to an earlier one is dropped.
            let latest = Rc::new(Cell::new(0_u32));
            // Owners of islands are never disposed, so that a listener lives longer than its page.
            thread_local! {
                static NEWEST: Cell<u32> = const { Cell::new(0) };
            }
            let listener = NEWEST.get().wrapping_add(1);
            NEWEST.set(listener);
            window_event_listener(leptos::ev::input, move |event| {
                if NEWEST.get() != listener {
                    return;
                }
                let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
                let Some(field) = field.filter(|field| field.id() == "customer_email") else { return };
                let text = field.value();
                let known =
                    hits.with_untracked(|hits| hits.iter().find(|(email, _)| *email == text).cloned());
                if let Some((_, name)) = known {
                    fill_name(&name);
                    return;
                }
                let number = latest.get().wrapping_add(1);
                latest.set(number);
                if text.trim().chars().count() < MIN_CHARACTERS {
                    return;
                }
                let latest = Rc::clone(&latest);
                let ask = move || {
                    if latest.get() != number {
                        return;
                    }
                    leptos::task::spawn_local(async move {
                        let found = find(&text).await.ok();
                        if let Some(found) = found.filter(|_| latest.get() == number) {
                            // The page may have been left by then.
                            _ = set_hits.try_set(found);
                        }
                    });
                };
                set_timeout(ask, DEBOUNCE);
            });
        }

        /// Fills the name's field if it is empty.
        fn fill_name(name: &str) {
            let document = web_sys::window().and_then(|window| window.document());
            let field = document.and_then(|document| document.get_element_by_id("customer_name"));
            let field = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
            if let Some(field) = field.filter(|field| field.value().is_empty()) {
                field.set_value(name);
            }
        }

        /// Asks the server for customers.
        async fn find(text: &str) -> Result<Vec<Suggestion>, JsValue> {
            let window = web_sys::window().ok_or(JsValue::NULL)?;
            let headers = Headers::new()?;
            headers.set("Accept", "application/json")?;
            headers.set("Content-Type", "application/x-www-form-urlencoded")?;
            let request = RequestInit::new();
            request.set_method("POST");
            request.set_headers(&headers);
            let body = format!("q={}", String::from(js_sys::encode_uri_component(text)));
            request.set_body(&JsValue::from_str(&body));
            let response = window.fetch_with_str_and_init("/_fn/find_customers", &request);
            let response: Response = JsFuture::from(response).await?.dyn_into()?;
            if !response.ok() {
                return Err(JsValue::NULL);
            }
            let found = JsFuture::from(response.json()?).await?;
            let text_of = |hit: &JsValue, name: &str| {
                js_sys::Reflect::get(hit, &JsValue::from_str(name)).ok().and_then(|value| value.as_string())
            };
            let found = js_sys::Array::from(&found);
            let suggestion =
                |hit: JsValue| Some((text_of(&hit, "email")?, text_of(&hit, "name").unwrap_or_default()));
            Ok(found.iter().filter_map(suggestion).collect())
        }
    }
}
