//! Buttons and form fields.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::texts::{HOSTILE, LONG, RIGHT_TO_LEFT};
use crate::component::{Card, Checkbox, Field, FormMessage, FormState, MenuSearch, Select, TextArea};
use crate::{Flash, UiError};

#[component]
pub fn Controls() -> impl IntoView {
    view! {
        <Card title="Buttons">
            <p class="actions">
                <button type="button" class="button button-primary">"Primary"</button>
                <button type="button" class="button">"Default"</button>
                <button type="button" class="button button-danger">"Danger"</button>
                <button type="button" class="button button-danger-outline">"Danger…"</button>
                <button type="button" class="button button-small">"Small"</button>
                <a class="button" href="/gallery">"Link"</a>
                <button type="button" class="button-link">"In a sentence"</button>
            </p>
            <p class="actions">
                <button type="button" class="button button-primary" disabled>"Primary"</button>
                <button type="button" class="button" disabled>"Default"</button>
                <button type="button" class="button button-danger" disabled>"Danger"</button>
                <span class="button" aria-disabled="true">"Previous"</span>
            </p>
        </Card>
        <Card title="Fields">
            <div class="two-columns">
                <DefaultFields/>
                <InvalidFields/>
            </div>
            <h3>"Disabled"</h3>
            <fieldset class="borderless" disabled>
                <Field form=form(None) name="disabled_field" label="Name" value="Aurora Forms"/>
                <Checkbox form=form(None) name="disabled_box" label="Virtual machines are allowed" checked=true/>
            </fieldset>
            <h3>"The search of a long menu"</h3>
            <MenuSearch path="/gallery".to_owned() name="menu_first" label="Search for a policy" search=String::new()
                has_more=true/>
            <MenuSearch path="/gallery".to_owned() name="menu_found" label="Search for a template" search=LONG.to_owned()
                has_more=false/>
            <h3>"A field with its button"</h3>
            <form class="check-form" action="/gallery">
                <Field form=form(None) name="check_field" label="Domain, address or machine"/>
                <button class="button">"Check"</button>
            </form>
        </Card>
    }
}

#[component]
fn DefaultFields() -> impl IntoView {
    let form = form(None);
    let options = vec![(String::new(), "Any".to_owned()), ("long".to_owned(), LONG.to_owned())];
    view! {
        <div class="stack">
            <Field form name="empty_field" label="Empty, with a placeholder" placeholder="shop webhook"/>
            <Field form name="long_field" label="Long text" value=LONG hint="Such as 1 year, 6 months or 30 days."/>
            <Field form name="rtl_field" label="Right-to-left text" value=RIGHT_TO_LEFT/>
            <Select form name="long_select" label="Choice" options value="long"/>
            <TextArea form name="hostile_area" label="Several lines" value=HOSTILE/>
            <Checkbox form name="box" label="Development hosts take no slot" hint="localhost, *.test, *.local."/>
        </div>
    }
}

#[component]
fn InvalidFields() -> impl IntoView {
    let fields = ["bad_field", "bad_select", "bad_area"]
        .map(|name| (name.to_owned(), "A limit is a whole number from 0 to 1,000,000.".to_owned()));
    let form = form(Some(UiError { fields: BTreeMap::from(fields), ..UiError::new("invalid", "") }));
    let options = vec![("a".to_owned(), "Refuse at once".to_owned())];
    view! {
        <div class="stack">
            <FormMessage form/>
            <Field form name="bad_field" label="Invalid field" value="many"/>
            <Select form name="bad_select" label="Invalid choice" options/>
            <TextArea form name="bad_area" label="Invalid lines" value=RIGHT_TO_LEFT/>
        </div>
    }
}

/// The state of a form that was refused with `error`, or that was not sent.
fn form(error: Option<UiError>) -> FormState {
    let flash = |error| Flash { path: String::new(), error: Some(error), values: BTreeMap::new() };
    FormState::new(error.map(flash))
}
