//! Rows in memory.

use domain::Timestamp;
use domain::filter::{Cell, FilterRow};
use uuid::Uuid;

/// The value that a row is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A number, such as a time.
    Number(i64),
    /// A text, by its bytes.
    Text(String),
}

/// A row of a list: the values of its fields, as the record of the list has them.
#[derive(Debug, Clone)]
pub struct Row {
    /// The id.
    pub id: Uuid,
    cells: Vec<(&'static str, Cell)>,
    pairs: Vec<(String, String)>,
    orders: Vec<(&'static str, SortKey)>,
}

impl Row {
    /// A row with an id alone.
    pub fn new(id: Uuid) -> Self {
        Self { id, cells: vec![("id", Cell::Id(id))], pairs: Vec::new(), orders: Vec::new() }
    }

    /// Adds values of a field.
    fn with(mut self, field: &'static str, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.cells.extend(cells.into_iter().map(|cell| (field, cell)));
        self
    }

    /// Adds ids of other objects.
    pub fn ids(self, field: &'static str, ids: impl IntoIterator<Item = Uuid>) -> Self {
        self.with(field, ids.into_iter().map(Cell::Id))
    }

    /// Adds a text.
    pub fn text(self, field: &'static str, text: impl Into<String>) -> Self {
        self.with(field, [Cell::Text(text.into())])
    }

    /// Adds texts, none or several.
    pub fn texts(self, field: &'static str, texts: impl IntoIterator<Item = String>) -> Self {
        self.with(field, texts.into_iter().map(Cell::Text))
    }

    /// Adds a number.
    pub fn number(self, field: &'static str, number: i64) -> Self {
        self.with(field, [Cell::Integer(number)])
    }

    /// Adds a switch.
    pub fn switch(self, field: &'static str, is_on: bool) -> Self {
        self.with(field, [Cell::Boolean(is_on)])
    }

    /// Adds a time, by which the row is ordered too; a row without it comes first.
    pub fn time(self, field: &'static str, at: Option<Timestamp>) -> Self {
        let key = SortKey::Number(at.map_or(i64::MIN, Timestamp::millis));
        self.with(field, at.map(Cell::Time)).ordered(field, key)
    }

    /// Adds a pair of metadata.
    pub fn pair(mut self, key: &str, value: &str) -> Self {
        self.pairs.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Sets by what an order sorts the row.
    pub fn ordered(mut self, field: &'static str, key: SortKey) -> Self {
        self.orders.retain(|(known, _)| *known != field);
        self.orders.push((field, key));
        self
    }

    /// Returns by what an order sorts the row.
    pub fn sort_key(&self, field: &str) -> SortKey {
        let key = self.orders.iter().find(|(known, _)| *known == field);
        key.unwrap_or_else(|| panic!("no order {field}")).1.clone()
    }
}

impl FilterRow for Row {
    fn cells(&self, field: &str) -> Vec<Cell> {
        self.cells.iter().filter(|(known, _)| *known == field).map(|(_, cell)| cell.clone()).collect()
    }

    fn pairs(&self) -> Vec<(String, String)> {
        self.pairs.clone()
    }
}
