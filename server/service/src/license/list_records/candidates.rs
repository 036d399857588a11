//! Licenses that a condition names by an index of its own: a key, an id, a field, a customer, an organization, a tag,
//! a domain, a template, a search.

use domain::filter::{FieldKind, Filter, FilterValue, ListRequest, Operator};
use domain::license::folded_value;
use domain::{LicenseId, text_key};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement};
use uuid::Uuid;

use super::limits::{MAX_CANDIDATES, MOST, too_wide};
use super::{lookup, of_template, search};
use crate::listing::ids_of;
use crate::store::entity::{activations, customers, license_metadata, licenses, organizations, tags};
use crate::{Actor, Result, Service};

/// Returns the licenses that the search finds or one of the conditions names, of which the others are looked for.
/// `None` if there is no search and no condition names at most 10,000. Licenses of other accounts may be among them.
///
/// # Errors
/// Returns an error of the field `filter` if neither the search nor a condition names few licenses, or an error of the
/// database.
pub(super) async fn find(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<Option<Vec<LicenseId>>> {
    let found = match search::find(service, actor, request.search.as_deref().unwrap_or_default()).await? {
        None => named_by_filter(service, actor, &request.filters).await?,
        Some(search::Found { licenses, unchecked }) => {
            let licenses = match licenses {
                Some(licenses) => licenses,
                None => named_by_filter(service, actor, &request.filters).await?.ok_or_else(too_wide)?,
            };
            Some(search::keep_found(service, licenses, &unchecked).await?)
        }
    };
    Ok(found.map(|ids| ids.into_iter().map(LicenseId).collect()))
}

/// Returns the licenses that one of the conditions names. `None` if none does, or if each names more than 10,000.
async fn named_by_filter(service: &Service, actor: &Actor, filters: &[Filter]) -> Result<Option<Vec<Uuid>>> {
    for select in selects(service, actor, filters) {
        let ids = load(service, &select).await?;
        if ids.len() <= MAX_CANDIDATES {
            return Ok(Some(ids));
        }
    }
    match named(filters, "licenseTemplateId") {
        Some(filter) => of_template::find(service, actor, filter).await,
        None => Ok(None),
    }
}

/// Returns the condition that a field has one of some values.
fn named<'a>(filters: &'a [Filter], name: &str) -> Option<&'a Filter> {
    filters
        .iter()
        .find(|filter| filter.field.name == name && matches!(filter.operator, Operator::Equal | Operator::In))
}

/// The look-ups of the conditions, the narrowest kind first.
fn selects(service: &Service, actor: &Actor, filters: &[Filter]) -> Vec<SelectStatement> {
    let named = |name: &str| named(filters, name);
    let mut selects = Vec::new();
    if let Some(filter) = named("id") {
        selects.push(of_licenses(Expr::col(licenses::Column::Id).is_in(ids_of(filter))));
    }
    if let Some(filter) = named("key") {
        let digests = texts(filter).flat_map(|key| {
            let digests = service.keys.license_key_digests(key.as_bytes());
            digests.iter().map(|digest| digest.to_vec()).collect::<Vec<_>>()
        });
        selects.push(of_licenses(Expr::col(licenses::Column::KeyDigest).is_in(digests)));
    }
    selects.extend(of_pairs(actor, filters));
    if let Some(filter) = named("user.email") {
        let emails = texts(filter).map(ToOwned::to_owned);
        let mut holders = Query::select();
        holders
            .column(customers::Column::Id)
            .from(customers::Entity)
            .and_where(Expr::col(customers::Column::AccountId).eq(actor.account.0))
            .and_where(Expr::col(customers::Column::Email).is_in(emails));
        selects.push(of_licenses(Expr::col(licenses::Column::CustomerId).in_subquery(holders)));
    }
    if let Some(filter) = named("userId") {
        selects.push(of_licenses(Expr::col(licenses::Column::CustomerId).is_in(ids_of(filter))));
    }
    if let Some(filter) = named("organizationId") {
        selects.push(of_licenses(Expr::col(licenses::Column::OrganizationId).is_in(ids_of(filter))));
    }
    if let Some(filter) = named("organization.name") {
        selects.push(of_organizations(actor, filter));
    }
    if let Some(filter) = named("tag").or_else(|| named("tags")) {
        selects.push(of_tags(actor, filter));
    }
    if let Some(filter) = named("domain") {
        use activations::Column as A;
        let mut select = Query::select();
        select
            .expr_as(Expr::col(A::LicenseId), "id")
            .from(activations::Entity)
            .and_where(Expr::col(A::AccountId).eq(actor.account.0))
            // A literal, because the index is partial.
            .and_where(Expr::cust("kind = 'domain'"))
            .and_where(Expr::col(A::Subject).is_in(texts(filter).map(ToOwned::to_owned)));
        selects.push(select.clone());
    }
    selects
}

/// Without the account, which the list itself has: the indexes begin with the condition.
fn of_licenses(condition: Expr) -> SelectStatement {
    Query::select().column(licenses::Column::Id).from(licenses::Entity).and_where(condition).to_owned()
}

/// The licenses of the organizations with these names, which are unique in any case.
fn of_organizations(actor: &Actor, filter: &Filter) -> SelectStatement {
    use organizations::Column as O;
    let mut named = Query::select();
    named
        .column(O::Id)
        .from(organizations::Entity)
        .and_where(Expr::col(O::AccountId).eq(actor.account.0))
        .and_where(Expr::col(O::NameKey).is_in(texts(filter).map(text_key::key)));
    of_licenses(Expr::col(licenses::Column::OrganizationId).in_subquery(named))
}

/// The licenses with the tags of these names, which are unique in any case.
fn of_tags(actor: &Actor, filter: &Filter) -> SelectStatement {
    use tags::Column as T;
    let mut named = Query::select();
    named
        .column(T::Id)
        .from(tags::Entity)
        .and_where(Expr::col(T::AccountId).eq(actor.account.0))
        .and_where(Expr::col(T::NameKey).is_in(texts(filter).map(text_key::key)));
    Query::select()
        .expr_as(Expr::col(Alias::new("license_id")), "id")
        .from(Alias::new("license_tags"))
        .and_where(Expr::col(Alias::new("tag_id")).in_subquery(named))
        .to_owned()
}

/// Looks fields up by key and value.
fn of_pairs(actor: &Actor, filters: &[Filter]) -> Option<SelectStatement> {
    use license_metadata::Column as M;
    let of = |is_part: fn(FieldKind) -> bool| {
        filters.iter().find(|filter| {
            is_part(filter.field.kind) && matches!(filter.operator, Operator::Equal | Operator::In)
        })
    };
    let value = of(|kind| matches!(kind, FieldKind::PairValue(_)))?;
    let searched: Vec<String> = texts(value).map(folded_value).collect();
    let mut select = Query::select();
    select
        .expr_as(Expr::col(M::LicenseId), "id")
        .from(license_metadata::Entity)
        .and_where(Expr::col(M::AccountId).eq(actor.account.0));
    if let Some(key) = of(|kind| matches!(kind, FieldKind::PairKey(_))) {
        let keys: Vec<String> = texts(key).map(str::to_ascii_lowercase).collect();
        select.and_where(Expr::cust("lower(key)").is_in(keys));
    }
    // Without a key, an index of the values alone finds them.
    select.and_where(Expr::col(M::SearchValue).is_in(searched));
    Some(select)
}

fn texts(filter: &Filter) -> impl Iterator<Item = &str> {
    filter.values.iter().filter_map(|value| match value {
        FilterValue::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

async fn load(service: &Service, select: &SelectStatement) -> Result<Vec<Uuid>> {
    let mut limited = Query::select();
    limited.column("id").from_subquery(select.clone(), "found").distinct().limit(MOST);
    lookup::ids(service, &limited).await
}

fn raise(bound: &mut Option<i64>, to: i64) {
    *bound = Some(bound.map_or(to, |bound| std::cmp::max(bound, to)));
}

fn lower(bound: &mut Option<i64>, to: i64) {
    *bound = Some(bound.map_or(to, |bound| std::cmp::min(bound, to)));
}

/// Returns the range of times that the conditions leave of a field, both ends included, for the index of a walk.
pub(super) fn time_range(filters: &[Filter], name: &str) -> (Option<i64>, Option<i64>) {
    let (mut from, mut to) = (None::<i64>, None::<i64>);
    for filter in filters.iter().filter(|filter| filter.field.name == name) {
        let Some(FilterValue::Time(at)) = filter.value() else { continue };
        match filter.operator {
            Operator::Greater => raise(&mut from, at.millis() + 1),
            Operator::AtLeast => raise(&mut from, at.millis()),
            Operator::Less => lower(&mut to, at.millis() - 1),
            Operator::AtMost => lower(&mut to, at.millis()),
            _ => {}
        }
    }
    (from, to)
}
