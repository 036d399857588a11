//! The command palette: a dialog that finds licenses, customers, products, domains, machines, pages and
//! actions while one types. `/` and Ctrl-K or ⌘-K open it.

use std::time::Duration;

use leptos::ev::{KeyboardEvent, MouseEvent};
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

/// What the palette shows.
#[derive(Clone, Copy)]
struct State {
    text: RwSignal<String>,
    items: RwSignal<Vec<PaletteItem>>,
    /// The option that Enter opens.
    active: RwSignal<Option<usize>>,
    status: RwSignal<String>,
    /// Pages and actions.
    entries: StoredValue<Vec<PaletteItem>>,
    /// The path of the search.
    hits_path: StoredValue<String>,
    /// Counts the changes of the text: a late answer to an earlier text is dropped.
    version: StoredValue<u32>,
}

impl State {
    fn new(entries: Vec<PaletteItem>, hits_path: String) -> Self {
        Self {
            text: RwSignal::new(String::new()),
            // Filled when the dialog opens, because each page has the palette.
            items: RwSignal::new(Vec::new()),
            active: RwSignal::new(None),
            status: RwSignal::new(String::new()),
            entries: StoredValue::new(entries),
            hits_path: StoredValue::new(hits_path),
            version: StoredValue::new(0),
        }
    }

    /// Takes up a typed text, and searches when typing pauses.
    fn search(self, typed: String) {
        self.version.update_value(|version| *version += 1);
        let searched = self.version.get_value();
        self.text.set(typed.clone());
        // Enter sends the form until the answer is here.
        self.active.set(None);
        if typed.trim().is_empty() {
            self.show(Vec::new(), "");
            return;
        }
        let is_current = move || self.version.try_get_value() == Some(searched);
        let send = move || {
            if is_current() {
                leptos::task::spawn_local(async move {
                    let answer = browser::post_form(&self.hits_path.get_value(), "q", &typed).await;
                    if is_current() {
                        self.answer(answer.as_deref(), &typed);
                    }
                });
            }
        };
        set_timeout(send, DEBOUNCE);
    }

    fn answer(self, json: Option<&str>, text: &str) {
        match json.and_then(|json| leptos::serde_json::from_str(json).ok()) {
            Some(hits) => self.show(hits, text),
            None => self.status.set("The search did not work. Press Enter to try again.".to_owned()),
        }
    }

    /// Shows hits, and the pages and actions that the text names.
    fn show(self, hits: Vec<PaletteItem>, text: &str) {
        let entries = self.entries.with_value(|entries| matching(entries, text));
        let all: Vec<_> = hits.into_iter().chain(entries).collect();
        self.status.set(count(all.len()));
        self.active.set((!all.is_empty() && !text.is_empty()).then_some(0));
        self.items.set(all);
    }

    fn move_active(self, is_forward: bool) {
        let count = self.items.with_untracked(Vec::len);
        if count > 0 {
            let next = next_active(self.active.get_untracked(), count, is_forward);
            self.active.set(Some(next));
            browser::scroll_to(&option_id(next));
        }
    }

    fn path_of(self, index: usize) -> Option<String> {
        self.items.with_untracked(|items| items.get(index).map(|item| item.href.clone()))
    }
}

/// The palette. `pages` and `actions` are titles with paths, `form` is the path to which its form posts, and
/// `hits` the path of the search. They are pairs, because each page has them.
#[island]
pub fn Palette(
    pages: Vec<(String, String)>,
    actions: Vec<(String, String)>,
    form: String,
    hits: String,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let entries = items("Page", pages).chain(items("Action", actions)).collect();
    let state = State::new(entries, hits);
    let has_shortcuts = RwSignal::new(true);
    let open = move || {
        state.search(String::new());
        has_shortcuts.set(browser::has_shortcuts());
        dialog.get_untracked().is_some_and(|dialog| browser::show_modal(&dialog))
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let choose = move |index: usize| {
        let path = state.path_of(index);
        close();
        path.is_some_and(|path| browser::visit(&path))
    };
    let on_key = move |event: KeyboardEvent| {
        let is_handled = !event.is_composing()
            && match event.key().as_str() {
                key @ ("ArrowDown" | "ArrowUp") => {
                    state.move_active(key == "ArrowDown");
                    true
                }
                "Enter" => state.active.get_untracked().is_some_and(choose),
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
    let on_click = move |event: MouseEvent| {
        if browser::is_on_dialog(&event) {
            close();
        }
    };
    Effect::new(move |_| {
        browser::on_shortcut(move |key| key == "/" && open());
        browser::on_chord("k", open);
    });
    let option = move |(index, item): (usize, PaletteItem)| {
        let is_active = move || (state.active.get() == Some(index)).to_string();
        let on_choice = move |_| {
            choose(index);
        };
        view! {
            <li role="option" id=option_id(index) aria-selected=is_active on:click=on_choice>
                <span class="palette-kind">{item.kind}</span>
                <span class="palette-title">{item.title}</span>
                <span class="palette-detail">{item.detail}</span>
            </li>
        }
    };
    let on_input = move |event| state.search(event_target_value(&event));
    let on_switch = move |event| browser::set_shortcuts(event_target_checked(&event));
    let active_id = move || state.active.get().map(option_id);
    view! {
        <dialog class="palette" node_ref=dialog aria-label="Find anything" on:click=on_click>
            <form method="post" action=form autocomplete="off" on:submit=move |_| close()>
                <input type="text" name="q" maxlength="500" role="combobox" aria-label="Find anything"
                    aria-expanded="true" aria-controls="palette-options" aria-autocomplete="list" spellcheck="false"
                    placeholder="Key, address, domain, name, machine, page…" aria-activedescendant=active_id
                    prop:value=move || state.text.get() on:input=on_input on:keydown=on_key/>
            </form>
            <ul id="palette-options" role="listbox" aria-label="Results">
                {move || state.items.get().into_iter().enumerate().map(option).collect_view()}
            </ul>
            <p class="palette-footer">
                <span role="status">{move || state.status.get()}</span>
                <label>
                    <input type="checkbox" prop:checked=move || has_shortcuts.get() on:change=on_switch/>
                    " Shortcuts of one key, such as " <kbd>"/"</kbd>
                </label>
            </p>
        </dialog>
    }
}

/// Returns pairs of title and path as items of a kind.
fn items(kind: &str, pairs: Vec<(String, String)>) -> impl Iterator<Item = PaletteItem> {
    let item = move |(title, href)| PaletteItem { kind: kind.to_owned(), title, detail: String::new(), href };
    pairs.into_iter().map(item)
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
