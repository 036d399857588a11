//! The form that starts a bulk job, and the selection in the URL of its page.

use domain::bounded_text::Name;
use domain::bulk::{Parameters, Selection, Verb};
use domain::field_error::FieldErrors;
use domain::license::{Limit, Reason};
use domain::view::LicenseQuery;
use domain::{Email, FieldError, LicenseId, Period};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use service::bulk_job::{NewBulkJob, NewChange};

use super::{SearchForm, query_from_url};

/// The submitted form. Browsers may omit any field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkForm {
    verb: String,
    /// The ids of selected licenses, separated by commas. Empty selects all that match the query.
    licenses: String,
    q: String,
    product: String,
    standing: String,
    condition: String,
    customer: String,
    organization: String,
    tag: String,
    sort: String,
    reason: String,
    period: String,
    domain_limit: String,
    machine_limit: String,
    customer_name: String,
    customer_email: String,
    form_token: String,
}

impl BulkForm {
    /// Parses the form.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<NewBulkJob, Vec<FieldError>> {
        let verb: Verb = self.verb.parse().map_err(|e| vec![e])?;
        let mut faults = FieldErrors::default();
        let selection = faults.check(self.selection());
        let change = self.change(verb, &mut faults);
        match (selection, change) {
            (Some(selection), Some(change)) => {
                Ok(NewBulkJob { change, selection, form_token: self.form_token.clone() })
            }
            _ => Err(faults.into_inner()),
        }
    }

    fn selection(&self) -> Result<Selection, FieldError> {
        if self.licenses.is_empty() {
            let form = SearchForm::of_fields([
                &self.q,
                &self.product,
                &self.standing,
                &self.condition,
                &self.customer,
                &self.organization,
                &self.tag,
                &self.sort,
            ]);
            let given = [
                &self.product,
                &self.standing,
                &self.condition,
                &self.customer,
                &self.organization,
                &self.tag,
            ];
            return understood(form.query(), given.map(String::as_str));
        }
        let ids: Result<Vec<LicenseId>, _> = self.licenses.split(',').map(str::parse).collect();
        Selection::of_licenses(ids.map_err(|_| invalid_selection())?)
    }

    fn change(&self, verb: Verb, faults: &mut FieldErrors) -> Option<NewChange> {
        if verb == Verb::Move {
            let name = faults.check(Name::optional("customer_name", &self.customer_name));
            let email = faults.check(self.email());
            return name.zip(email).map(|(name, email)| NewChange::MoveTo { name, email });
        }
        let reason = faults.check(Reason::optional("reason", &self.reason))?;
        let period = faults.check(Period::parse("period", &self.period))?;
        let domains = faults.check(limit("domain_limit", &self.domain_limit));
        let machines = faults.check(limit("machine_limit", &self.machine_limit));
        let (domain_limit, machine_limit) = domains.zip(machines)?;
        let parameters = Parameters { reason, period, domain_limit, machine_limit, customer: None };
        faults.check(parameters.change(verb)).map(NewChange::Change)
    }

    fn email(&self) -> Result<Option<Email>, FieldError> {
        let text = self.customer_email.trim();
        if text.is_empty() {
            return Ok(None);
        }
        Email::parse(text).map(Some).map_err(|e| e.in_field("customer_email"))
    }
}

/// Parses a limit. An empty text leaves the limit of each license as it is.
fn limit(field: &'static str, text: &str) -> Result<Option<String>, FieldError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    Limit::parse(field, text).map(|limit| Some(limit.to_string()))
}

/// Returns the selection of a query, unless a filter was given that the query does not contain. A change
/// must not reach more licenses than the member filtered.
fn understood(query: LicenseQuery, given: [&str; 6]) -> Result<Selection, FieldError> {
    let parsed = [
        query.product.is_some(),
        query.standing.is_some(),
        query.condition.is_some(),
        query.customer.is_some(),
        query.organization.is_some(),
        query.tag.is_some(),
    ];
    let is_lost = given.iter().zip(parsed).any(|(given, parsed)| !given.is_empty() && !parsed);
    if is_lost { Err(invalid_selection()) } else { Ok(Selection::Query(query)) }
}

fn invalid_selection() -> FieldError {
    FieldError::new("license", "The selection is not valid. Go back to the list and select again.")
}

/// Parses the selection in the URL of the page of a change: `license` for each selected license, or
/// `all` and the query of the list.
///
/// # Errors
/// Returns the field `license` if nothing is selected.
pub fn selection_from_url(params: &ParamsMap) -> Result<Selection, FieldError> {
    if params.get("all").is_some_and(|all| !all.is_empty()) {
        let given = ["product", "standing", "condition", "customer", "organization", "tag"];
        let given = given.map(|name| params.get_str(name).unwrap_or_default());
        return understood(query_from_url(params), given);
    }
    let ids: Result<Vec<LicenseId>, _> =
        params.get_all("license").unwrap_or_default().iter().map(|id| id.parse()).collect();
    Selection::of_licenses(ids.map_err(|_| invalid_selection())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::bulk::Change;

    const ID: &str = "00000000-0000-0000-0000-000000000001";

    fn form(verb: &str) -> BulkForm {
        BulkForm { verb: verb.into(), licenses: ID.into(), form_token: "t".into(), ..BulkForm::default() }
    }

    fn faults(form: &BulkForm) -> Vec<&'static str> {
        form.parse().expect_err("the form is refused").iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_filter_that_is_not_understood_selects_nothing() {
        let all = BulkForm { licenses: String::new(), ..form("suspend") };
        assert!(all.parse().is_ok());
        let product = BulkForm { product: ID.into(), ..all.clone() };
        assert!(product.parse().is_ok());
        for lost in [
            BulkForm { product: "x".into(), ..all.clone() },
            BulkForm { standing: "dormant".into(), ..all.clone() },
            BulkForm { condition: "old".into(), ..all.clone() },
            BulkForm { customer: "x".into(), ..all.clone() },
            BulkForm { organization: "x".into(), ..all.clone() },
            BulkForm { tag: "x".into(), ..all.clone() },
        ] {
            assert_eq!(faults(&lost), ["license"], "{lost:?}");
        }
        let url = |query: &[(&str, &str)]| {
            let pairs = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            selection_from_url(&pairs.collect()).is_ok()
        };
        assert!(url(&[("all", "1"), ("product", ID)]));
        assert!(!url(&[("all", "1"), ("product", "x")]));
    }

    #[test]
    fn a_change_of_limits_keeps_empty_fields() {
        let parsed = BulkForm { domain_limit: " unlimited ".into(), ..form("change_limits") }.parse();
        let NewChange::Change(change) = parsed.expect("a job").change else { panic!("a change of limits") };
        assert_eq!(change, Change::ChangeLimits { domains: Some(Limit::UNLIMITED), machines: None });
        assert_eq!(faults(&form("change_limits")), ["domain_limit"]);
        let both = BulkForm { domain_limit: "-1".into(), machine_limit: "x".into(), ..form("change_limits") };
        assert_eq!(faults(&both), ["domain_limit", "machine_limit"]);
    }

    #[test]
    fn each_change_names_its_invalid_field() {
        assert_eq!(faults(&form("extend")), ["period"]);
        assert_eq!(faults(&BulkForm { period: "soon".into(), ..form("extend") }), ["period"]);
        assert_eq!(faults(&BulkForm { customer_email: "x".into(), ..form("move") }), ["customer_email"]);
        assert_eq!(faults(&form("delete")), ["verb"]);
        assert_eq!(faults(&BulkForm { licenses: "x".into(), ..form("suspend") }), ["license"]);
        assert!(form("suspend").parse().is_ok() && form("revoke").parse().is_ok());
    }

    #[test]
    fn a_selection_names_licenses_or_a_query() {
        let select = |query: &str| {
            let mut params = ParamsMap::new();
            for (name, value) in url_pairs(query) {
                params.insert(name, value);
            }
            selection_from_url(&params)
        };
        let one = Selection::of_licenses(vec![ID.parse().expect("an id")]);
        assert_eq!(select(&format!("license={ID}&license={ID}")), one);
        assert!(matches!(select("all=on&standing=active"), Ok(Selection::Query(_))));
        assert_eq!(select("standing=active").map_err(|e| e.field), Err("license"));
    }

    fn url_pairs(query: &str) -> Vec<(String, String)> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}
