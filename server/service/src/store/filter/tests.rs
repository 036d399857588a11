//! Property: each filter finds the same rows in memory and on both databases.

use domain::Timestamp;
use domain::filter::{
    Cell, FieldKind, Filter, FilterField, FilterRow, Folding, Operator, matches, parse_filter,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, Statement,
};
use uuid::Uuid;

use super::condition::{FilterColumn, PairColumns, condition};

static ID: FilterField = FilterField::id("id");
static NAME: FilterField = FilterField::text("name");
static FOLDED: FilterField = FilterField::new("folded", FieldKind::Text(Folding::Full));
static LOWERED: FilterField = FilterField::in_any_case("lowered");
static EMAIL: FilterField = FilterField::new("email", FieldKind::Email);
static SEATS: FilterField = FilterField::integer("seats");
static SEEN: FilterField = FilterField::time("seen");
static OPEN: FilterField = FilterField::boolean("open");
static KIND: FilterField = FilterField::new("kind", FieldKind::Enumeration(&["a", "b"]));
static TAGS: FilterField = FilterField::text("tags");
static PAIR_KEY: FilterField = FilterField::new("metadata.key", FieldKind::PairKey(Folding::Ascii));
static PAIR_VALUE: FilterField = FilterField::new("metadata.value", FieldKind::PairValue(Folding::Ascii));
static FIELDS: [&FilterField; 12] =
    [&ID, &NAME, &FOLDED, &LOWERED, &EMAIL, &SEATS, &SEEN, &OPEN, &KIND, &TAGS, &PAIR_KEY, &PAIR_VALUE];

/// Texts that differ in case, accents and characters that patterns treat specially.
static TEXTS: [&str; 10] = ["", "Ada", "ADA", "ada l", "a%a", "a_a", "a!a", "Müller", "MÜLLER", "müller%"];
static NUMBERS: [i64; 4] = [-1, 0, 1, 86_400_000];

#[derive(Debug, Clone)]
struct Row {
    id: Uuid,
    name: Option<String>,
    email: Option<String>,
    seats: Option<i64>,
    seen: Option<i64>,
    open: bool,
    kind: String,
    tags: Vec<String>,
    pairs: Vec<(String, String)>,
}

impl FilterRow for Row {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let text = |text: &Option<String>| text.iter().cloned().map(Cell::Text).collect();
        match field {
            "id" => vec![Cell::Id(self.id)],
            "name" | "folded" | "lowered" => text(&self.name),
            "email" => text(&self.email),
            "seats" => self.seats.into_iter().map(Cell::Integer).collect(),
            "seen" => self.seen.into_iter().map(|at| Cell::Time(Timestamp::from_millis(at))).collect(),
            "open" => vec![Cell::Boolean(self.open)],
            "kind" => vec![Cell::Text(self.kind.clone())],
            "tags" => self.tags.iter().cloned().map(Cell::Text).collect(),
            _ => Vec::new(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        self.pairs.clone()
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(&TEXTS[1..]).prop_map(ToOwned::to_owned), "[aA%_!ü]{1,3}"]
}

fn row() -> impl Strategy<Value = Row> {
    let number = || prop::option::of(prop::sample::select(&NUMBERS[..]));
    let optional = || prop::option::of(text());
    (
        (0u128..6, optional(), optional(), number(), number()),
        (any::<bool>(), prop::sample::select(vec!["a", "b"])),
        prop::collection::vec(text(), 0..3),
        prop::collection::vec((text(), text()), 0..3),
    )
        .prop_map(|((id, name, email, seats, seen), (open, kind), tags, pairs)| Row {
            id: Uuid::from_u128(id),
            name,
            email,
            seats,
            seen,
            open,
            kind: kind.to_owned(),
            tags,
            pairs,
        })
}

/// A value of a query string, often one that some row has.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(&TEXTS[..]).prop_map(ToOwned::to_owned),
        2 => prop::sample::select(&NUMBERS[..]).prop_map(|number| number.to_string()),
        1 => (0u128..6).prop_map(|id| Uuid::from_u128(id).to_string()),
        1 => prop::sample::select(vec!["true", "False", "a", "B", "1970-01-01", "1970-01-02T00:00:00Z"])
            .prop_map(ToOwned::to_owned),
        1 => text(),
    ]
}

/// One to three filters that parse.
fn filters() -> impl Strategy<Value = Vec<Filter>> {
    let one = (0..FIELDS.len(), 0..Operator::ALL.len(), prop::collection::vec(value(), 0..3)).prop_map(
        |(field, operator, values)| {
            let operators = FIELDS[field].kind.operators();
            let operator = operators[operator % operators.len()];
            parse_filter(FIELDS[field], operator, values.iter().map(String::as_str)).ok().flatten()
        },
    );
    prop::collection::vec(one, 1..4).prop_map(|filters| filters.into_iter().flatten().collect())
}

/// A connection of one session, whose temporary tables are its own.
async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).min_connections(1);
    let db = Database::connect(options).await.expect("a database");
    let (uuid, bigint) = match db.get_database_backend() {
        DatabaseBackend::Sqlite => ("BLOB", "INTEGER"),
        _ => ("uuid", "bigint"),
    };
    let create = format!(
        "CREATE TEMPORARY TABLE filter_rows (n {bigint} PRIMARY KEY, id {uuid}, name TEXT, folded TEXT, lowered TEXT, email TEXT, \
         seats {bigint}, seen {bigint}, open BOOLEAN, kind TEXT); \
         CREATE TEMPORARY TABLE filter_tags (n {bigint}, tag TEXT); \
         CREATE TEMPORARY TABLE filter_pairs (n {bigint}, pair_key TEXT, pair_value TEXT)"
    );
    db.execute_unprepared(&create).await.expect("tables");
    db
}

async fn insert(db: &DatabaseConnection, rows: &[Row]) {
    let run = async |sql: &str, values: Vec<sea_orm::Value>| {
        db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
            .await
            .expect("a row");
    };
    for table in ["filter_rows", "filter_tags", "filter_pairs"] {
        run(&format!("DELETE FROM {table}"), Vec::new()).await;
    }
    for (n, row) in (0i64..).zip(rows) {
        let folded = row.name.as_deref().map(|name| Folding::Full.fold(name));
        let lowered = row.name.as_deref().map(|name| Folding::Lower.fold(name));
        let sql = "INSERT INTO filter_rows VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let values = vec![
            n.into(),
            row.id.into(),
            row.name.clone().into(),
            folded.into(),
            lowered.into(),
            row.email.clone().into(),
            row.seats.into(),
            row.seen.into(),
            row.open.into(),
            row.kind.clone().into(),
        ];
        run(sql, values).await;
        for tag in &row.tags {
            run("INSERT INTO filter_tags VALUES ($1, $2)", vec![n.into(), tag.clone().into()]).await;
        }
        for (key, value) in &row.pairs {
            let values = vec![n.into(), key.clone().into(), value.clone().into()];
            run("INSERT INTO filter_pairs VALUES ($1, $2, $3)", values).await;
        }
    }
}

fn of_row(table: &'static str) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("1"))
        .from(table)
        .and_where(Expr::cust(format!("{table}.n = filter_rows.n")))
        .to_owned()
}

#[allow(clippy::unnecessary_wraps, reason = "the signature of the columns of a list")]
fn column(name: &'static str) -> Option<FilterColumn> {
    Some(match name {
        "tags" => FilterColumn::Many { value: Expr::cust("filter_tags.tag"), rows: of_row("filter_tags") },
        _ => FilterColumn::Of(Expr::cust(format!("filter_rows.{name}"))),
    })
}

async fn found(db: &DatabaseConnection, filters: &[Filter]) -> Vec<i64> {
    let pairs = PairColumns {
        key: Expr::cust("filter_pairs.pair_key"),
        value: Expr::cust("filter_pairs.pair_value"),
        rows: of_row("filter_pairs"),
    };
    let backend = db.get_database_backend();
    let condition = condition(backend, filters, &column, Some(pairs)).expect("columns");
    let select = Query::select()
        .expr_as(Expr::cust("filter_rows.n"), "n")
        .from("filter_rows")
        .cond_where(condition)
        .order_by_expr(Expr::cust("filter_rows.n"), sea_orm::Order::Asc)
        .to_owned();
    let rows = db.query_all_raw(backend.build(&select)).await.unwrap_or_else(|e| panic!("{filters:?}: {e}"));
    rows.iter().map(|row| row.try_get::<i64>("", "n").expect("a number")).collect()
}

#[tokio::test]
async fn filters_find_the_same_rows_in_memory_and_in_the_databases() {
    let mut databases = vec![connect("sqlite::memory:").await];
    if let Ok(url) = std::env::var("COUNTERSIGN_TEST_POSTGRES") {
        databases.push(connect(&url).await);
    }
    let mut runner = TestRunner::default();
    let mut hits = 0;
    for _ in 0..12 {
        let rows = prop::collection::vec(row(), 1..12).new_tree(&mut runner).expect("rows").current();
        for db in &databases {
            insert(db, &rows).await;
        }
        for _ in 0..40 {
            let filters = filters().new_tree(&mut runner).expect("filters").current();
            let expected: Vec<i64> =
                (0i64..).zip(&rows).filter(|(_, row)| matches(&filters, *row)).map(|(n, _)| n).collect();
            hits += expected.len();
            for db in &databases {
                let backend = db.get_database_backend();
                assert_eq!(found(db, &filters).await, expected, "{backend:?} {filters:?} {rows:?}");
            }
        }
    }
    assert!(hits > 0);
}
