//! The search of the list: a whole key or id finds its license, and words find licenses by their customer, their
//! organization, their tags and their domains. Each word must begin a word of one of these.
//!
//! Each word is looked up by indexes ([`lookups`]), and the licenses that all words find are the candidates. A word of
//! more licenses than a list looks at is tested on the candidates of the others ([`check`]).

mod check;
mod lookups;
mod names;
mod whole;
mod word;

use std::collections::HashSet;

use uuid::Uuid;

use lookups::Lookups;
use word::Word;

use crate::{Actor, Result, Service};

pub(super) use check::keep_found;

/// What a search finds.
pub(super) struct Found {
    /// The licenses. `None` if each word finds more than a list looks at.
    pub licenses: Option<Vec<Uuid>>,
    /// The words that the licenses are not tested for yet.
    pub unchecked: Vec<Word>,
}

/// Looks a search up in the account. `None` if nothing is searched for.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn find(service: &Service, actor: &Actor, text: &str) -> Result<Option<Found>> {
    let words = Word::all_of(text);
    if words.is_empty() {
        return Ok(None);
    }
    // Alone, and so the first row, which clients take.
    if let Some(license) = whole::license(service, actor, text).await? {
        return Ok(Some(Found { licenses: Some(vec![license]), unchecked: Vec::new() }));
    }
    let lookups = Lookups::load(service, actor).await?;
    let (mut common, mut unchecked): (Option<HashSet<Uuid>>, _) = (None, Vec::new());
    for word in words {
        let Some(found) = lookups.licenses(&word).await? else {
            unchecked.push(word);
            continue;
        };
        let found = match common {
            Some(common) => common.intersection(&found).copied().collect(),
            None => found,
        };
        let is_done = found.is_empty();
        common = Some(found);
        if is_done {
            break;
        }
    }
    Ok(Some(Found { licenses: common.map(|found| found.into_iter().collect()), unchecked }))
}
