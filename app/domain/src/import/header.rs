//! The first row of an import, which names the columns.

use serde::{Deserialize, Serialize};

use super::column::{Column, NAMES, folded};
use crate::FieldError;
use crate::license::MAX_FIELDS;

/// The most columns of a file.
const MAX_COLUMNS: usize = 200;
/// The longest name of a column that is kept, in characters.
const MAX_NAME_LEN: usize = 100;

/// Columns of the export that an import does not read.
const NOT_READ: [&str; 5] = ["licenseid", "domainsused", "machinesused", "lastverifiedat", "verifications"];

/// The use of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A property of the license.
    Column(Column),
    /// A field of its metadata.
    Metadata(String),
    /// The column is not read.
    NotRead,
}

/// The columns of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    columns: Vec<(String, Target)>,
}

impl Header {
    /// Reads the first row. With `keep_others`, a column of another name is a field of the metadata.
    ///
    /// # Errors
    /// Returns [`FieldError`] of the field `file` if no column is known, two hold the same property, or
    /// there are too many.
    pub fn parse<'a>(
        cells: impl IntoIterator<Item = &'a str>,
        keep_others: bool,
    ) -> Result<Self, FieldError> {
        let mut columns: Vec<(String, Target)> = Vec::new();
        for cell in cells {
            let name: String = crate::csv::unguard(cell).trim().chars().take(MAX_NAME_LEN).collect();
            let target = match Column::of_name(&name) {
                Some(column) => Target::Column(column),
                None if keep_others && !name.is_empty() && !NOT_READ.contains(&folded(&name).as_str()) => {
                    Target::Metadata(name.clone())
                }
                None => Target::NotRead,
            };
            if let Some((other, _)) =
                columns.iter().find(|(other, known)| is_same(other, known, &name, &target))
            {
                return Err(invalid(format!(
                    "The columns “{other}” and “{name}” hold the same. Remove or rename one of them."
                )));
            }
            columns.push((name, target));
        }
        if columns.len() > MAX_COLUMNS {
            return Err(invalid("The file has more than 200 columns.".to_owned()));
        }
        let is_known = |(_, target): &(String, Target)| matches!(target, Target::Column(_));
        if !columns.iter().any(is_known) {
            let names: Vec<&str> = NAMES.iter().map(|(column, _)| column.name()).collect();
            let text = format!("The first row must name the columns. Known names are {}.", names.join(", "));
            return Err(invalid(text));
        }
        let others = columns.iter().filter(|(_, target)| matches!(target, Target::Metadata(_))).count();
        if others > MAX_FIELDS {
            return Err(invalid(
                "A license keeps at most 50 other columns. Remove some, or do not keep them.".to_owned(),
            ));
        }
        Ok(Self { columns })
    }

    /// Returns the names of the columns and their use.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Target)> {
        self.columns.iter().map(|(name, target)| (name.as_str(), target))
    }

    /// Returns the file's name of the column with this property, or its usual name.
    #[must_use]
    pub fn name_of(&self, column: Column) -> &str {
        let found = self.columns.iter().find(|(_, target)| *target == Target::Column(column));
        found.map_or(column.name(), |(name, _)| name)
    }
}

/// Returns whether two columns hold the same.
fn is_same(name: &str, target: &Target, other_name: &str, other: &Target) -> bool {
    match (target, other) {
        (Target::Column(column), Target::Column(other)) => column == other,
        (Target::Metadata(_), Target::Metadata(_)) => name.to_lowercase() == other_name.to_lowercase(),
        _ => false,
    }
}

fn invalid(message: String) -> FieldError {
    FieldError::new("file", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(header: &str, keep_others: bool) -> Result<Vec<Target>, String> {
        let header = Header::parse(header.split(','), keep_others).map_err(|error| error.message)?;
        Ok(header.columns().map(|(_, target)| target.clone()).collect())
    }

    #[test]
    fn other_columns_are_kept_if_asked_for() {
        let order = Target::Metadata("Order ID".to_owned());
        let email = Target::Column(Column::CustomerEmail);
        assert_eq!(
            targets("email,Order ID,,license_id", true),
            Ok(vec![email.clone(), order, Target::NotRead, Target::NotRead])
        );
        assert_eq!(targets("email,Order ID", false), Ok(vec![email, Target::NotRead]));
    }

    #[test]
    fn unusable_headers_are_refused_in_words() {
        let fault = |header: &str| targets(header, true).expect_err("a fault");
        assert!(
            fault("a,b")
                .starts_with("The first row must name the columns. Known names are license_key, product,")
        );
        assert_eq!(
            fault("Email,Name,E-Mail"),
            "The columns “Email” and “E-Mail” hold the same. Remove or rename one of them."
        );
        assert_eq!(
            fault("Email,Order,order"),
            "The columns “Order” and “order” hold the same. Remove or rename one of them."
        );
        let many: Vec<String> = (0..51).map(|n| format!("c{n}")).collect();
        assert!(fault(&format!("email,{}", many.join(","))).starts_with("A license keeps at most 50"));
    }
}
