//! Rows of an import.

use serde::{Deserialize, Serialize};

use super::column::Column;
use super::header::{Header, Target};
use super::license::ImportedLicense;
use super::time_cell::{DateOrder, PartOfDay, parse_time_cell};
use crate::IssuedKey;
use crate::bounded_text::{Name, Notes};
use crate::csv::unguard;
use crate::license::{Limit, Reason, Standing};
use crate::{Email, FieldError, Timestamp};

/// Words of other systems for each standing. Some call a license inactive until an app uses it.
const STANDINGS: &[(Standing, &[&str])] = &[
    (
        Standing::Active,
        &[
            "",
            "active",
            "valid",
            "enabled",
            "ok",
            "sold",
            "delivered",
            "new",
            "inactive",
            "unused",
            "available",
        ],
    ),
    (Standing::Suspended, &["suspended", "disabled", "blocked", "paused", "on hold", "on-hold", "locked"]),
    (
        Standing::Revoked,
        &["revoked", "cancelled", "canceled", "refunded", "banned", "terminated", "chargeback", "deleted"],
    ),
    (Standing::Expired, &["expired", "lapsed"]),
];

/// Texts for an unlimited number.
const UNLIMITED: [&str; 6] = ["", "unlimited", "infinite", "∞", "-1", "null"];

/// How cells are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellRules {
    /// The order of dates with slashes.
    pub date_order: DateOrder,
    /// The limit 0 is unlimited, as some systems write it.
    pub zero_is_unlimited: bool,
    /// The time of the import, which times of issue do not exceed.
    pub now: Timestamp,
}

/// The fault of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFault {
    /// The name of the column in the file.
    pub column: String,
    /// The fault and its remedy.
    pub message: String,
}

/// Reads the cells of a row. Missing cells are empty. `None` if all are empty.
///
/// # Errors
/// Returns the faults of all cells.
pub fn parse_record<'a>(
    header: &Header,
    cells: impl IntoIterator<Item = &'a str>,
    rules: CellRules,
) -> Result<Option<ImportedLicense>, Vec<CellFault>> {
    let mut row = Row {
        rules,
        license: ImportedLicense::default_terms(),
        first_name: "",
        last_name: "",
        is_expired: None,
        faults: Vec::new(),
    };
    let mut cells = cells.into_iter().map(|cell| unguard(cell.trim()));
    let mut is_empty = true;
    for (name, target) in header.columns() {
        let cell = cells.next().unwrap_or_default();
        is_empty &= cell.is_empty();
        match target {
            Target::Column(column) => row.read(*column, name, cell),
            Target::Metadata(field) if !cell.is_empty() => {
                if let Err(message) = row.license.metadata.insert(field, cell) {
                    row.fault(name, format!("As a field of the metadata, {message}"));
                }
            }
            Target::Metadata(_) | Target::NotRead => {}
        }
    }
    if cells.any(|cell| !cell.is_empty()) {
        row.fault("", "The row has more cells than the first row. Is a quotation mark missing?");
    }
    if is_empty && row.faults.is_empty() {
        return Ok(None);
    }
    row.finish()
}

struct Row<'a> {
    rules: CellRules,
    license: ImportedLicense,
    first_name: &'a str,
    last_name: &'a str,
    /// The column that says that the license is expired.
    is_expired: Option<&'a str>,
    faults: Vec<CellFault>,
}

impl<'a> Row<'a> {
    fn fault(&mut self, column: &str, message: impl Into<String>) {
        self.faults.push(CellFault { column: column.to_owned(), message: message.into() });
    }

    /// Returns the value, or adds the fault of the cell.
    fn value<T: Default>(&mut self, column: &str, parsed: Result<T, FieldError>) -> T {
        parsed.unwrap_or_else(|error| {
            self.fault(column, error.message);
            T::default()
        })
    }

    fn read(&mut self, column: Column, name: &'a str, cell: &'a str) {
        match column {
            Column::LicenseKey | Column::CustomerEmail if cell.is_empty() => {}
            Column::LicenseKey => match IssuedKey::parse(cell) {
                Ok(key) => self.license.key = Some(key),
                Err(message) => self.fault(name, message),
            },
            Column::Product => self.license.product = Some(cell.to_owned()).filter(|text| !text.is_empty()),
            Column::CustomerName => self.license.customer_name = self.value(name, Name::optional("", cell)),
            Column::FirstName => self.first_name = cell,
            Column::LastName => self.last_name = cell,
            Column::CustomerEmail => {
                self.license.customer_email = self.value(name, Email::parse(cell).map(Some));
            }
            Column::Standing => self.read_standing(name, cell),
            Column::Reason => self.license.reason = self.value(name, Reason::optional("", cell)),
            Column::DomainLimit => self.license.domain_limit = self.limit(name, cell),
            Column::MachineLimit => self.license.machine_limit = self.limit(name, cell),
            Column::ExpiresAt => match parse_time_cell(cell, self.rules.date_order, PartOfDay::End) {
                Ok(expires_at) => self.license.expires_at = Some(expires_at),
                Err(message) => self.fault(name, message),
            },
            Column::IssuedAt => match parse_time_cell(cell, self.rules.date_order, PartOfDay::Start) {
                Ok(Some(at)) if at > self.rules.now => self.fault(name, "This time is in the future."),
                Ok(issued_at) => self.license.issued_at = issued_at,
                Err(message) => self.fault(name, message),
            },
            Column::Notes => self.license.notes = self.value(name, Notes::optional("", cell)),
        }
    }

    fn read_standing(&mut self, name: &'a str, cell: &str) {
        let word = cell.to_lowercase();
        match STANDINGS.iter().find(|(_, words)| words.contains(&word.as_str())) {
            Some((Standing::Expired, _)) => self.is_expired = Some(name),
            Some((standing, _)) => self.license.standing = *standing,
            None => self.fault(name, "This must be active, suspended, revoked or expired."),
        }
    }

    fn limit(&mut self, name: &str, cell: &str) -> Option<Limit> {
        let is_unlimited = UNLIMITED.contains(&cell.to_lowercase().as_str())
            || (cell == "0" && self.rules.zero_is_unlimited);
        if is_unlimited {
            return Some(Limit::UNLIMITED);
        }
        // Spreadsheets write whole numbers as 3.0 or 1,000.
        let number = cell.strip_suffix(".0").unwrap_or(cell).replace(',', "");
        self.value(name, Limit::parse("", &number).map(Some))
    }

    fn finish(mut self) -> Result<Option<ImportedLicense>, Vec<CellFault>> {
        let (first, last) = (self.first_name, self.last_name);
        if self.license.customer_name.is_none() && !(first.is_empty() && last.is_empty()) {
            let name = format!("{first} {last}");
            self.license.customer_name = self.value(Column::FirstName.name(), Name::optional("", &name));
        }
        if let Some(column) = self.is_expired
            && self.license.expires_at.flatten().is_none_or(|at| at > self.rules.now)
        {
            self.fault(column, "An expired license needs an expiry in the past. Set the column expires_at.");
        }
        if self.faults.is_empty() { Ok(Some(self.license)) } else { Err(self.faults) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules() -> CellRules {
        let now = Timestamp::parse_expiry("2026-11-29T12:00:00Z").expect("a time");
        CellRules { date_order: DateOrder::Unknown, zero_is_unlimited: false, now }
    }

    fn parse(header: &str, row: &str) -> Result<Option<ImportedLicense>, Vec<CellFault>> {
        let header = Header::parse(header.split(','), true).expect("a header");
        parse_record(&header, row.split(','), rules())
    }

    fn license(header: &str, row: &str) -> ImportedLicense {
        parse(header, row).expect("no fault").expect("a license")
    }

    fn faults(header: &str, row: &str) -> Vec<(String, String)> {
        let faults = parse(header, row).err().expect("faults");
        faults.into_iter().map(|fault| (fault.column, fault.message)).collect()
    }

    #[test]
    fn cells_of_other_systems_are_read() {
        let header = "License,E-Mail,First name,Last name,Status,Sites,Seats,Expires,Order";
        let read = license(
            header,
            "user 1_KEY,Ada@Example.com,Ada,Lovelace,Disabled,-1,3.0,2027-01-31 10:00:00,1803",
        );
        assert_eq!(read.key.as_ref().map(IssuedKey::expose), Some("user 1_KEY"));
        assert_eq!(read.customer_email.as_ref().map(Email::as_str), Some("ada@example.com"));
        assert_eq!(read.customer_name.as_ref().map(Name::as_str), Some("Ada Lovelace"));
        assert_eq!(read.standing, Standing::Suspended);
        assert_eq!((read.domain_limit, read.machine_limit), (Some(Limit::UNLIMITED), Some(Limit::new(3))));
        assert_eq!(
            read.expires_at.flatten().map(Timestamp::rfc3339).as_deref(),
            Some("2027-01-31T10:00:00Z")
        );
        assert_eq!(read.metadata.iter().collect::<Vec<_>>(), [("Order", "1803")]);
    }

    #[test]
    fn column_that_is_missing_leaves_the_default_and_an_empty_cell_is_unlimited() {
        let read = license("key", "ABCD-1234");
        assert!(read.expires_at.is_none() && read.domain_limit.is_none());
        let read = license("key,expires,domains", "ABCD-1234,,");
        assert_eq!((read.expires_at, read.domain_limit), (Some(None), Some(Limit::UNLIMITED)));
    }

    #[test]
    fn zero_is_unlimited_if_chosen() {
        let header = Header::parse(["key", "domains"], true).expect("a header");
        for (zero_is_unlimited, limit) in [(false, Limit::new(0)), (true, Limit::UNLIMITED)] {
            let rules = CellRules { zero_is_unlimited, ..rules() };
            let read =
                parse_record(&header, ["ABCD-1234", "0"], rules).expect("no fault").expect("a license");
            assert_eq!(read.domain_limit, Some(limit));
        }
    }

    #[test]
    fn every_fault_of_a_row_is_named() {
        let found = faults("key,email,domains,expires,status", "short,ada,many,soon,odd");
        let columns: Vec<_> = found.iter().map(|(column, _)| column.as_str()).collect();
        assert_eq!(columns, ["key", "email", "domains", "expires", "status"]);
        let expired = faults("key,status,expires", "ABCD-1234,expired,2030-01-01");
        assert_eq!(expired[0].0, "status");
        let extra = faults("key,email", "ABCD-1234,a@b.example,x");
        assert!(extra[0].1.starts_with("The row has more cells"));
        let future = faults("key,created", "ABCD-1234,2030-01-01");
        assert_eq!(future, [("created".to_owned(), "This time is in the future.".to_owned())]);
    }

    #[test]
    fn empty_rows_are_skipped() {
        assert!(parse("key,email", " , ").is_ok_and(|license| license.is_none()));
        assert!(parse("key,email", "").is_ok_and(|license| license.is_none()));
    }

    #[test]
    fn standing_of_an_expired_license_follows_from_its_expiry() {
        let read = license("key,status,expires", "ABCD-1234,Expired,2020-01-01");
        assert_eq!(read.standing, Standing::Active);
    }

    #[test]
    fn words_of_the_export_are_read() {
        for standing in [Standing::Active, Standing::Suspended, Standing::Revoked] {
            assert_eq!(license("key,standing", &format!("ABCD-1234,{standing}")).standing, standing);
        }
    }

    proptest! {
        #[test]
        fn any_row_is_read_or_refused(cells in proptest::collection::vec(any::<String>(), 0..14)) {
            let names = ["key", "product", "name", "first name", "last name", "email", "status", "reason",
                "sites", "seats", "expires", "created", "notes", "other"];
            let header = Header::parse(names, true).expect("a header");
            let _ = parse_record(&header, cells.iter().map(String::as_str), rules());
        }
    }
}
