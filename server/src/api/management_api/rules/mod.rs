//! The rules of licenses as licenses and templates show and read them: one place for their words.

mod input;
mod output;
mod schema;

pub(super) use input::{RulesInput, Shown};
pub(super) use output::{RulesObject, key_prefix};
pub(super) use schema::GivenRules;
