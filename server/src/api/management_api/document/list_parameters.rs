//! The query parameters of a list, from the table by which the list is read.

use domain::filter::{FieldKind, FilterField, Operator};
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};

use crate::api::management_api::list::{ListTable, MAX_LIMIT, MAX_PAGE, MAX_SEARCH_CHARS};

/// Returns the parameters of a list: page, order, search and count, and a filter for each field.
pub fn list_parameters(table: &ListTable) -> Vec<Parameter> {
    let mut parameters = common(table);
    parameters.extend(table.filter_fields().map(filter));
    parameters
}

/// Returns the filters of a list alone, for exports, which have no pages.
pub fn filter_parameters(table: &ListTable) -> Vec<Parameter> {
    table.filter_fields().map(filter).collect()
}

fn common(table: &ListTable) -> Vec<Parameter> {
    let number = |default: u64, max: u64| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(i64::try_from(max).unwrap_or(i64::MAX)))
            .default(Some(default.into()))
            .build()
    };
    let orders = table.orders().flat_map(|name| [name.to_owned(), format!("-{name}")]);
    let orders = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(orders)).build();
    let search = ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX_SEARCH_CHARS)).build();
    vec![
        parameter("page", "The page, from 1. A page behind the last is empty.", number(1, MAX_PAGE)),
        parameter("limit", "Rows per page.", number(MAX_LIMIT, MAX_LIMIT)),
        parameter("sort", "The order; `-` before the name is descending. Without it: `createdAt`.", orders),
        parameter(
            "after",
            "The id of the last row that was read, in place of `page`. The header `Link` has the next page.",
            id(),
        ),
        parameter("search", "Words, each the beginning of a word of a row. `query` means the same.", search),
        parameter(
            "count",
            "Whether the header `X-Total-Count` tells the number of rows, counted to 10,000.",
            Object::with_type(Type::Boolean),
        ),
    ]
}

/// Returns the parameter of a filter in its simplest form, `field=value`.
fn filter(field: &FilterField) -> Parameter {
    let schema = match field.kind {
        FieldKind::Id => id(),
        FieldKind::Integer => Object::with_type(Type::Integer),
        FieldKind::Boolean => Object::with_type(Type::Boolean),
        FieldKind::Time => ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .build(),
        FieldKind::Enumeration(words) => {
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied())).build()
        }
        FieldKind::Text(_)
        | FieldKind::Email
        | FieldKind::Period
        | FieldKind::Key
        | FieldKind::PairKey(_)
        | FieldKind::PairValue(_) => Object::with_type(Type::String),
    };
    let operators: Vec<&str> = field.kind.operators().iter().copied().map(Operator::as_str).collect();
    let description = format!("Filter. Operators: `{}`.", operators.join("` `"));
    parameter(field.name, &description, schema)
}

fn parameter(name: &str, description: &str, schema: Object) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn id() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .build()
}
