//! The command palette: a dialog that finds licenses, customers, products, domains, machines, pages and
//! actions while one types. `/` and Ctrl-K or ⌘-K open it.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::browser;

/// How long typing must pause before a search is sent.
const DEBOUNCE: Duration = Duration::from_millis(120);

/// An item of the palette: a hit of a search, a page or an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaletteItem {
    /// What it is, such as "License".
    pub kind: String,
    /// Its name.
    pub title: String,
    /// What tells it from others; may be empty.
    pub detail: String,
    /// The path that it leads to.
    pub href: String,
}

/// The palette. `entries` are pages and actions, `form` is the path to which its form posts, and `hits` the
/// path of the search.
#[island]
pub fn Palette(entries: Vec<PaletteItem>, form: String, hits: String) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let (text, set_text) = signal(String::new());
    let (items, set_items) = signal(entries.clone());
    let (active, set_active) = signal(None::<usize>);
    let (status, set_status) = signal(String::new());
    let (has_shortcuts, set_has_shortcuts) = signal(true);
    // Counts the changes of the text: a late answer to an earlier text is dropped.
    let version = StoredValue::new(0_u32);
    let (entries, hits) = (StoredValue::new(entries), StoredValue::new(hits));
    let show = move |found: Vec<PaletteItem>, text: &str| {
        let all: Vec<_> = found.into_iter().chain(entries.with_value(|all| matching(all, text))).collect();
        set_status.set(count(all.len()));
        set_active.set((!all.is_empty() && !text.is_empty()).then_some(0));
        set_items.set(all);
    };
    let search = move |typed: String| {
        version.update_value(|version| *version += 1);
        let searched = version.get_value();
        let is_current = move || version.try_get_value() == Some(searched);
        set_text.set(typed.clone());
        // Enter sends the form until the answer is here.
        set_active.set(None);
        if typed.trim().is_empty() {
            return show(Vec::new(), "");
        }
        set_timeout(
            move || {
                if !is_current() {
                    return;
                }
                leptos::task::spawn_local(async move {
                    let answer = browser::post_form(&hits.get_value(), "q", &typed).await;
                    if !is_current() {
                        return;
                    }
                    match answer.and_then(|json| leptos::serde_json::from_str(&json).ok()) {
                        Some(found) => show(found, &typed),
                        None => {
                            set_status.set("The search did not work. Press Enter to try again.".to_owned())
                        }
                    }
                });
            },
            DEBOUNCE,
        );
    };
    let open = move || {
        search(String::new());
        set_has_shortcuts.set(browser::has_shortcuts());
        dialog.get_untracked().is_some_and(|dialog| browser::show_modal(&dialog))
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let choose = move |index: usize| {
        let href = items.with_untracked(|items| items.get(index).map(|item| item.href.clone()));
        close();
        href.is_some_and(|href| browser::visit(&href))
    };
    let on_key = move |event: KeyboardEvent| {
        let count = items.with_untracked(Vec::len);
        let is_handled = !event.is_composing()
            && match event.key().as_str() {
                "ArrowDown" | "ArrowUp" if count > 0 => {
                    let next = next_active(active.get_untracked(), count, event.key() == "ArrowDown");
                    set_active.set(Some(next));
                    browser::scroll_to(&option_id(next));
                    true
                }
                "Enter" => active.get_untracked().is_some_and(choose),
                "Escape" => {
                    close();
                    true
                }
                _ => false,
            };
        if is_handled {
            event.prevent_default();
        }
    };
    Effect::new(move |_| {
        browser::on_shortcut(move |key| key == "/" && open());
        browser::on_chord("k", open);
    });
    let option = move |(index, item): (usize, PaletteItem)| {
        view! {
            <li role="option" id=option_id(index) aria-selected=move || (active.get() == Some(index)).to_string()
                on:click=move |_| _ = choose(index)>
                <span class="palette-kind">{item.kind}</span>
                <span class="palette-title">{item.title}</span>
                <span class="palette-detail">{item.detail}</span>
            </li>
        }
    };
    view! {
        <dialog class="palette" node_ref=dialog aria-label="Find anything"
            on:click=move |event| if browser::is_backdrop(&event) { close() }>
            <form method="post" action=form autocomplete="off" on:submit=move |_| close()>
                <input type="text" name="q" maxlength="500" role="combobox" aria-label="Find anything"
                    aria-expanded="true" aria-controls="palette-options" aria-autocomplete="list" spellcheck="false"
                    enterkeyhint="search" placeholder="Key, address, domain, name, machine, page…"
                    aria-activedescendant=move || active.get().map(option_id)
                    prop:value=move || text.get()
                    on:input=move |event| search(event_target_value(&event))
                    on:keydown=on_key/>
            </form>
            <ul id="palette-options" role="listbox" aria-label="Results">
                {move || items.get().into_iter().enumerate().map(option).collect_view()}
            </ul>
            <p class="palette-footer">
                <span role="status">{move || status.get()}</span>
                <label>
                    <input type="checkbox" prop:checked=move || has_shortcuts.get()
                        on:change=move |event| browser::set_shortcuts(event_target_checked(&event))/>
                    " Shortcuts of one key, such as " <kbd>"/"</kbd>
                </label>
            </p>
        </dialog>
    }
}

/// Returns the entries with a word that begins with the text.
fn matching(entries: &[PaletteItem], text: &str) -> Vec<PaletteItem> {
    let text = text.trim().to_lowercase();
    let has_match = |item: &&PaletteItem| {
        let title = item.title.to_lowercase();
        title.starts_with(&text) || title.split(' ').any(|word| word.starts_with(&text))
    };
    entries.iter().filter(has_match).cloned().collect()
}

/// Returns the number of results as a text.
fn count(results: usize) -> String {
    match results {
        0 => "Nothing found".to_owned(),
        1 => "1 result".to_owned(),
        many => format!("{many} results"),
    }
}

/// Returns the option after or before the active one. The last is followed by the first.
fn next_active(active: Option<usize>, count: usize, is_forward: bool) -> usize {
    match (active, is_forward) {
        (None, true) => 0,
        (None, false) => count - 1,
        (Some(index), true) => (index + 1) % count,
        (Some(index), false) => (index + count - 1) % count,
    }
}

fn option_id(index: usize) -> String {
    format!("palette-option-{index}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_move_around_the_options() {
        assert_eq!([None, Some(0), Some(2)].map(|active| next_active(active, 3, true)), [0, 1, 0]);
        assert_eq!([None, Some(0), Some(2)].map(|active| next_active(active, 3, false)), [2, 2, 1]);
    }

    #[test]
    fn entries_match_by_the_start_of_a_word() {
        let entry = |title: &str| PaletteItem {
            kind: "Page".into(),
            title: title.into(),
            detail: String::new(),
            href: "/".into(),
        };
        let all = [entry("Issue a license"), entry("Licenses"), entry("Products")];
        let titles = |text| matching(&all, text).into_iter().map(|item| item.title).collect::<Vec<_>>();
        assert_eq!(titles("lic"), ["Issue a license", "Licenses"]);
        assert_eq!(titles("Issue a L"), ["Issue a license"]);
        assert_eq!(titles("").len(), 3);
        assert!(titles("icense").is_empty());
    }
}
