//! A checkbox that selects all rows of the page, and the number of selected rows.
//!
//! Hidden without JavaScript, where rows are selected one by one.

use leptos::prelude::*;

use super::browser;

/// The checkbox for the rows' checkboxes of this name.
#[island]
pub fn SelectPage(name: String) -> impl IntoView {
    let name = StoredValue::new(name);
    let (possible, set_possible) = signal(false);
    let (count, set_count) = signal((0, 0));
    let update = move || set_count.set(name.with_value(|name| browser::count_checked(name)));
    Effect::new(move |_| {
        set_possible.set(true);
        update();
        browser::on_change(update);
    });
    let all_selected = move || {
        let (selected, all) = count.get();
        selected > 0 && selected == all
    };
    let select = move |event| {
        name.with_value(|name| browser::check_all(name, event_target_checked(&event)));
        update();
    };
    view! {
        <span hidden=move || !possible.get()>
            <label>
                <input
                    type="checkbox"
                    prop:checked=all_selected
                    on:change=select
                />
                " This page"
            </label>
            <span class="selected-count" role="status">{move || format!("{} selected", count.get().0)}</span>
        </span>
    }
}
