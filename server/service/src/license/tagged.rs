//! The licenses with a tag.

use domain::TagId;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement};

/// Selects the ids of the licenses with a tag, from the index of the tag.
pub(super) fn tagged_licenses(tag: TagId) -> SelectStatement {
    Query::select()
        .column(Alias::new("license_id"))
        .from(Alias::new("license_tags"))
        .and_where(Expr::col(Alias::new("tag_id")).eq(tag.0))
        .to_owned()
}
