//! Lists of addresses as forms write them: one a line.

use crate::FieldError;
use crate::license_rules::ip_range::IpRange;

/// Most ranges of addresses.
pub const MAX_RANGES: usize = 20;
/// Most single addresses, allowed or refused.
pub const MAX_ADDRESSES: usize = 256;
/// The text of an empty list of addresses.
const NO_ENTRY: &str = "none";

/// Returns the text of a list of addresses: one a line.
#[must_use]
pub fn ranges_text(ranges: &[IpRange]) -> String {
    if ranges.is_empty() {
        return NO_ENTRY.to_owned();
    }
    ranges.iter().map(IpRange::as_str).collect::<Vec<_>>().join("\n")
}

/// Parses addresses, ranges and networks: one a line. The word `none` is an empty list.
///
/// # Errors
/// Returns [`FieldError`] with the text that is no address, or if there are more than `max`.
pub fn parse_ranges(
    field: &'static str,
    text: &str,
    max: usize,
    empty: Option<Vec<IpRange>>,
) -> Result<Option<Vec<IpRange>>, FieldError> {
    let entries: Vec<&str> =
        text.split(['\n', ',']).map(str::trim).filter(|entry| !entry.is_empty()).collect();
    match entries.as_slice() {
        [] => return Ok(empty),
        [word] if word.eq_ignore_ascii_case(NO_ENTRY) => return Ok(Some(Vec::new())),
        entries if entries.len() > max => {
            return Err(FieldError::new(field, format!("These are at most {max} lines.")));
        }
        _ => {}
    }
    let range = |entry: &&str| {
        let invalid =
            |error: FieldError| FieldError::new(field, format!("“{entry}” is no address. {}", error.message));
        entry.parse::<IpRange>().map_err(invalid)
    };
    entries.iter().map(range).collect::<Result<_, _>>().map(Some)
}
