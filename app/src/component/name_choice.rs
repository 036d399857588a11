//! Choice between a customer's stored name and the one that a form gives.

use leptos::prelude::*;

use super::{FormState, Select};
use crate::context::{KNOWN_NAME_FIELD, NAME_CHOICE_FIELD};

/// The choice, shown after a form was refused because the customer with its address has another name.
/// The form has the field `customer_name`, and its server function takes `customer_name_conflict`.
#[component]
pub fn CustomerNameChoice(form: FormState) -> impl IntoView {
    form.error_for(NAME_CHOICE_FIELD).map(|_| {
        let known = form.error_for(KNOWN_NAME_FIELD).unwrap_or_default();
        let given = form.initial("customer_name", String::new());
        let options = vec![
            (String::new(), "Please choose".to_owned()),
            ("keep".to_owned(), format!("Keep “{known}”")),
            ("change".to_owned(), format!("Change it to “{given}”")),
        ];
        view! { <Select form name=NAME_CHOICE_FIELD label="The customer’s name" options/> }
    })
}
