//! The rules of licenses as licenses and templates show and read them, and parts of them that trial policies have: one
//! place for their words.

mod input;
mod output;
mod schema;

pub(super) use input::{MAX_INT, RulesInput, Shown, read_addresses, read_words, refuse_countries};
pub(super) use output::{RulesObject, key_prefix, texts};
pub(super) use schema::{FingerprintMatchingStrategy, GivenRules};
