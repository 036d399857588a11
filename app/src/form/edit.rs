//! Fields that are submitted with the value that the page showed.

use domain::FieldError;
use domain::edit::Edit;
use domain::field_error::FieldErrors;
use domain::license::Limit;

/// Precedes a shown value in its hidden field, because an empty value arrives as a missing one.
pub const SHOWN_MARK: char = '=';

/// Parses a submitted text and the text that the page showed.
pub(super) fn check<T>(
    faults: &mut FieldErrors,
    text: &str,
    was: Option<&str>,
    parse: impl Fn(&str) -> Result<T, FieldError>,
) -> Option<Edit<T>> {
    let new = faults.check(parse(text))?;
    let shown = was.and_then(|was| was.strip_prefix(SHOWN_MARK)).and_then(|was| parse(was).ok());
    Some(Edit { new, shown })
}

/// Like [`check`], of a field of which a program may have set a value that forms do not take. It is read by
/// `parse_shown`, and stays if it is not touched.
pub(super) fn check_shown<T: Clone>(
    faults: &mut FieldErrors,
    text: &str,
    was: Option<&str>,
    parse: impl Fn(&str) -> Result<T, FieldError>,
    parse_shown: impl Fn(&str) -> Result<T, FieldError>,
) -> Option<Edit<T>> {
    let was = was.and_then(|was| was.strip_prefix(SHOWN_MARK));
    let shown = was.and_then(|was| parse_shown(was).ok());
    let untouched = shown.clone().filter(|_| was == Some(text));
    let new = match untouched {
        Some(value) => value,
        None => faults.check(parse(text))?,
    };
    Some(Edit { new, shown })
}

/// Like [`check_shown`], of a limit.
pub(super) fn check_limit(
    faults: &mut FieldErrors,
    field: &'static str,
    text: &str,
    was: Option<&str>,
) -> Option<Edit<Limit>> {
    check_shown(faults, text, was, |text| Limit::parse(field, text), |text| Limit::parse_shown(field, text))
}

/// Like [`check`], of a field that some forms do not have: `None` also if neither a text nor what the page showed is
/// sent. An empty text arrives as none. A value of a program that forms do not take stays if it is not touched.
pub(super) fn check_sent<T>(
    faults: &mut FieldErrors,
    text: &str,
    was: Option<&str>,
    parse: impl Fn(&str) -> Result<T, FieldError>,
) -> Option<Edit<T>> {
    if text.is_empty() && was.is_none() {
        return None;
    }
    let is_untouched = was.and_then(|was| was.strip_prefix(SHOWN_MARK)) == Some(text);
    if is_untouched && parse(text).is_err() {
        return None;
    }
    check(faults, text, was, parse)
}

/// Parses a checkbox, which browsers submit as `on` or not at all.
pub(super) fn checkbox(value: Option<&str>, was: Option<&str>) -> Edit<bool> {
    let shown = was.and_then(|was| was.strip_prefix(SHOWN_MARK)).map(|was| was == "on");
    Edit { new: value.is_some(), shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_value_is_parsed_like_the_submitted_one() {
        let mut faults = FieldErrors::default();
        let mut limit = |text, was| check(&mut faults, text, was, |text| Limit::parse("limit", text));
        let edit = |new, shown| Some(Edit { new, shown });
        assert_eq!(limit("3", Some("=2")), edit(Limit::new(3), Some(Limit::new(2))));
        assert_eq!(limit("3", Some("=")), edit(Limit::new(3), Some(Limit::UNLIMITED)));
        for unknown in [None, Some(""), Some("2"), Some("=many")] {
            assert_eq!(limit("3", unknown), edit(Limit::new(3), None), "{unknown:?}");
        }
        assert_eq!(limit("many", Some("=2")), None);
        assert_eq!(faults.into_inner().len(), 1);
        assert_eq!(checkbox(Some("on"), Some("=")), Edit { new: true, shown: Some(false) });
        assert_eq!(checkbox(None, Some("=on")), Edit { new: false, shown: Some(true) });
    }

    #[test]
    fn untouched_limit_of_a_program_is_taken_and_a_touched_one_is_compared() {
        let mut faults = FieldErrors::default();
        let mut limit = |text, was| check_limit(&mut faults, "limit", text, was);
        let edit = |new, shown| Some(Edit { new: Limit::new(new), shown });
        let large = Some(Limit::new(2_000_000));
        assert_eq!(limit("2000000", Some("=2000000")), edit(2_000_000, large));
        assert_eq!(limit("5", Some("=2000000")), edit(5, large));
        assert_eq!(limit("5", None), edit(5, None));
        for (text, was) in [("2000000", Some("=3")), ("2000000", None), ("3000000", Some("=2000000"))] {
            assert_eq!(limit(text, was), None, "{was:?}");
        }
        assert_eq!(faults.into_inner().len(), 3);
    }

    #[test]
    fn untouched_value_that_forms_do_not_take_is_no_change() {
        let mut faults = FieldErrors::default();
        let mut limit = |text, was| check_sent(&mut faults, text, was, |text| Limit::parse("limit", text));
        assert_eq!(limit("2000000", Some("=2000000")), None);
        assert_eq!(limit("2000000", Some("=3")), None);
        assert_eq!(faults.into_inner().len(), 1, "of the touched one");
    }
}
