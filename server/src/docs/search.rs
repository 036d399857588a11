//! Search in the reference: words, each of which must begin a word of an operation.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::openapi::{Group, Operation, document, groups, str_of};
use super::{conventions, fields, verify_tokens};

/// Most words that are looked at; a question with more is no question.
const MAX_WORDS: usize = 12;

/// What a search finds.
pub struct Entry {
    /// The title.
    pub title: String,
    /// The name of the group.
    pub group: String,
    /// Its address.
    pub href: String,
    /// Method and path, if it is an operation.
    pub request: Option<(String, String)>,
    /// The words of title, path, operation id, fields and text: the earlier, the better.
    places: [Vec<String>; 5],
}

/// The costs of a word in each place: as the whole word, and as its beginning. The sum of all words is the rank.
const COSTS: [(u32, u32); 5] = [(0, 1), (2, 3), (5, 5), (6, 7), (8, 9)];
/// The highest cost of a word in title or path.
const MAX_TITLE_COST: u32 = 3;

/// Returns what a text finds, best first.
pub fn find(text: &str) -> Vec<&'static Entry> {
    static INDEX: LazyLock<Vec<Entry>> = LazyLock::new(|| index(document()));
    find_in(&INDEX, text)
}

fn find_in<'a>(index: &'a [Entry], text: &str) -> Vec<&'a Entry> {
    let sought: Vec<String> = tokens(text).map(str::to_lowercase).take(MAX_WORDS).collect();
    if sought.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<_> = index.iter().filter_map(|entry| Some((rank(entry, &sought)?, entry))).collect();
    // Stable: of the same rank in the order of the document.
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Returns whether a word is only outside of title and path, and the cost of all words; less is better.
fn rank(entry: &Entry, sought: &[String]) -> Option<(bool, u32)> {
    let costs = sought.iter().map(|word| cost(entry, word)).collect::<Option<Vec<u32>>>()?;
    Some((costs.iter().any(|cost| *cost > MAX_TITLE_COST), costs.iter().sum()))
}

/// Returns the cost of a word at its best place, or nothing if it is nowhere.
fn cost(entry: &Entry, sought: &str) -> Option<u32> {
    let costs = entry.places.iter().zip(COSTS).filter_map(|(words, (whole, beginning))| {
        if words.iter().any(|word| word == sought) {
            Some(whole)
        } else {
            words.iter().any(|word| word.starts_with(sought)).then_some(beginning)
        }
    });
    costs.min()
}

fn index(document: &Value) -> Vec<Entry> {
    let groups = groups(document);
    let operations = groups.iter().flat_map(|group| {
        group.operations.iter().map(move |operation| operation_entry(document, group, *operation))
    });
    let of_conventions = conventions::SECTIONS.into_iter().map(|(id, title)| {
        section_entry(("Conventions", "/docs/conventions"), id, title, &conventions::terms(id))
    });
    let of_tokens = verify_tokens::SECTIONS.into_iter().map(|(id, title, terms)| {
        section_entry((verify_tokens::TITLE, verify_tokens::PATH), id, title, terms)
    });
    operations.chain(of_conventions).chain(of_tokens).collect()
}

fn operation_entry(document: &Value, group: &Group<'_>, operation: Operation<'_>) -> Entry {
    let (title, id) = (operation.summary(), operation.id());
    let method = operation.method.to_uppercase();
    let names = fields::names(document, operation).join(" ");
    let text = format!(
        "{} {} {} {}",
        group.name,
        operation.scope().unwrap_or_default(),
        str_of(&operation.value["description"]),
        codes(operation)
    );
    let places = [
        words(&title),
        words(&format!("{method} {}", operation.path)),
        words(&id),
        words(&names),
        words(&text),
    ];
    Entry {
        title,
        group: group.name.to_owned(),
        href: format!("{}#{id}", group.path()),
        request: Some((method, operation.path.to_owned())),
        places,
    }
}

/// Returns the codes of the errors of an operation, which are the names of their examples.
fn codes(operation: Operation<'_>) -> String {
    let errors = operation.responses().filter(|(status, _)| !status.starts_with('2'));
    let examples =
        errors.filter_map(|(_, answer)| answer["content"]["application/json"]["examples"].as_object());
    examples.flat_map(Map::keys).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Makes the entry of a section of a page that is about no operation.
fn section_entry((page, path): (&str, &str), id: &str, title: &str, terms: &str) -> Entry {
    Entry {
        title: title.to_owned(),
        group: page.to_owned(),
        href: format!("{path}#{id}"),
        request: None,
        places: [words(title), Vec::new(), words(id), words(terms), words(page)],
    }
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|token| !token.is_empty())
}

/// Returns the words of a text in lower case; of `expiresAt` also `expires` and `at`.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> =
        tokens(text).flat_map(|token| humps(token).into_iter().chain([token.to_lowercase()])).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Splits a name before each of its capital letters that follows another letter.
fn humps(token: &str) -> Vec<String> {
    let mut humps: Vec<String> = Vec::new();
    let mut is_after_small = false;
    for character in token.chars() {
        match humps.last_mut() {
            Some(hump) if !(is_after_small && character.is_uppercase()) => {
                hump.extend(character.to_lowercase());
            }
            _ => humps.push(character.to_lowercase().collect()),
        }
        is_after_small = !character.is_uppercase();
    }
    humps
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(text: &str) -> Vec<String> {
        let document = json!({
            "tags": [{ "name": "Licenses" }],
            "paths": {
                "/v3/licenses": {
                    "get": { "tags": ["Licenses"], "operationId": "listLicenses", "summary": "List licenses",
                        "parameters": [{ "name": "user.email", "description": "Filter." }] },
                    "post": { "tags": ["Licenses"], "operationId": "createLicense", "summary": "Create a license",
                        "description": "Takes the place of a renewal." },
                },
                "/v3/licenses/{id}/renew": {
                    "post": { "tags": ["Licenses"], "operationId": "renewLicense", "summary": "Renew a license" },
                },
                "/v3/licenses/{id}/expires-at": {
                    "patch": { "tags": ["Licenses"], "operationId": "setLicenseExpiry", "summary": "Set the end" },
                },
            },
        });
        let index = index(&document);
        let ids = find_in(&index, text).into_iter().filter(|entry| entry.request.is_some());
        ids.map(|entry| entry.href.rsplit('#').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn words_match_at_their_beginning_in_any_case() {
        assert_eq!(of("RENEW"), ["renewLicense", "createLicense"]);
        assert_eq!(of("ew"), [""; 0]);
        assert_eq!(of("renew nothing"), [""; 0]);
        assert_eq!(of(" \u{0}…"), [""; 0]);
    }

    #[test]
    fn title_and_path_are_before_other_places() {
        assert_eq!(of("renew license"), ["renewLicense", "createLicense"]);
        assert_eq!(of("post /v3/licenses/{id}/renew"), ["renewLicense"]);
        assert_eq!(of("expires-at"), ["setLicenseExpiry"]);
    }

    #[test]
    fn operation_ids_and_names_of_fields_are_found_in_whole_and_in_parts() {
        assert_eq!(of("setlicenseexp"), ["setLicenseExpiry"]);
        assert_eq!(of("expiry"), ["setLicenseExpiry"]);
        assert_eq!(of("email"), ["listLicenses"]);
        assert_eq!(words("userID expiresAt"), ["at", "expires", "expiresat", "id", "user", "userid"]);
    }

    #[test]
    fn every_operation_is_found_by_its_summary_its_path_and_its_id() {
        for group in groups(document()) {
            for operation in &group.operations {
                let href = format!("{}#{}", group.path(), operation.id());
                let path = format!("{} {}", operation.method, operation.path);
                for text in [operation.summary(), path, operation.id()] {
                    assert!(find(&text).iter().any(|entry| entry.href == href), "{text}");
                }
            }
        }
    }

    #[test]
    fn conventions_are_found() {
        assert!(find("idempotency").iter().any(|entry| entry.href == "/docs/conventions#idempotency"));
        for (text, section) in
            [("Retry-After", "limits"), ("X-Total-Count", "lists"), ("409 DUPLICATE_KEY", "errors")]
        {
            let href = format!("/docs/conventions#{section}");
            assert!(find(text).iter().any(|entry| entry.href == href), "{text}");
        }
    }

    #[test]
    fn tokens_and_files_are_found() {
        for (text, section) in
            [("verify token", "verify"), ("JWKS", "verify"), ("eat", "verify"), ("offline", "files")]
        {
            let href = format!("/docs/tokens#{section}");
            assert!(find(text).iter().any(|entry| entry.href == href), "{text}");
        }
    }

    #[test]
    fn operations_are_found_by_the_codes_of_their_errors() {
        let code = |operation: &Operation<'_>| codes(*operation).split(' ').next().map(ToOwned::to_owned);
        for group in groups(document()) {
            for operation in &group.operations {
                let href = format!("{}#{}", group.path(), operation.id());
                if let Some(code) = code(operation).filter(|code| !code.is_empty()) {
                    assert!(find(&code).iter().any(|entry| entry.href == href), "{href}: {code}");
                }
            }
        }
        assert!(!find("TRIAL_NOT_ALLOWED").is_empty());
    }
}
