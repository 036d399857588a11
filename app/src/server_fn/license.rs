//! Licenses.

use domain::view::{LicenseQuery, LicenseRow, LicenseView, Page, TimelineEntry};
use domain::{ActivationId, LicenseId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
#[allow(unused_imports, reason = "used by bodies that the browser does not have")]
use crate::ctx;

/// A license's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicensePage {
    /// The license.
    pub license: LicenseView,
    /// What happened to it.
    pub timeline: Vec<TimelineEntry>,
    /// The key in clear, when it was asked for.
    pub key: Option<String>,
}

/// The page after the first run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WelcomePage {
    /// The first license's key.
    pub key: String,
    /// This instance's address.
    pub origin: String,
}

/// A page of the account's licenses.
///
/// # Errors
/// When nobody is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "licenses")]
pub async fn licenses(query: LicenseQuery) -> Result<Page<LicenseRow>, UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    service::license::list(&service, &actor, &query)
        .await
        .map_err(ctx::fail)
}

/// One license, with its key in clear if `reveal`.
///
/// # Errors
/// When it is not there, or the key may not be seen.
#[server(prefix = "/_fn", endpoint = "license")]
pub async fn license(id: String, reveal: bool) -> Result<LicensePage, UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    let id: LicenseId = id.parse().map_err(|_| ctx::fail(service::Error::NotFound))?;
    let license = service::license::show(&service, &actor, id)
        .await
        .map_err(ctx::fail)?;
    let timeline = service::license::timeline(&service, &actor, id)
        .await
        .map_err(ctx::fail)?;
    let key = if reveal {
        let key = service::license::reveal_key(&service, &actor, id)
            .await
            .map_err(ctx::fail)?;
        Some(key.expose().to_owned())
    } else {
        None
    };
    Ok(LicensePage {
        license,
        timeline,
        key,
    })
}

/// The first license, after the first run.
///
/// # Errors
/// When it is not there.
#[server(prefix = "/_fn", endpoint = "welcome")]
pub async fn welcome(id: String) -> Result<WelcomePage, UiError> {
    let (request, actor) = (ctx::request()?, ctx::actor()?);
    let id: LicenseId = id.parse().map_err(|_| ctx::fail(service::Error::NotFound))?;
    let key = service::license::reveal_key(&request.service, &actor, id)
        .await
        .map_err(ctx::fail)?;
    Ok(WelcomePage {
        key: key.expose().to_owned(),
        origin: request.origin,
    })
}

/// Issues a license and goes to its page, or several and goes to the list.
///
/// # Errors
/// When a field is at fault.
#[server(prefix = "/_fn", endpoint = "issue_license")]
pub async fn issue_license(
    product: String,
    customer_name: String,
    customer_email: String,
    domain_limit: String,
    machine_limit: String,
    expiry: String,
    expires_at: String,
    count: String,
) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    let form = parse::IssueForm {
        product,
        customer_name,
        customer_email,
        domain_limit,
        machine_limit,
        expiry,
        expires_at,
        count,
    };
    let issued = service::license::issue(&service, &actor, form.parse().map_err(ctx::fail)?).await;
    match issued.map_err(ctx::fail)?.as_slice() {
        [one] => ctx::redirect(&format!("/licenses/{}?reveal=1", one.id)),
        _ => ctx::redirect("/licenses"),
    }
    Ok(())
}

/// Suspends a license.
///
/// # Errors
/// When it can't be suspended.
#[server(prefix = "/_fn", endpoint = "suspend_license")]
pub async fn suspend_license(id: LicenseId, reason: String) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    let reason = parse::reason(&reason).map_err(ctx::fail)?;
    service::license::suspend(&service, &actor, id, reason)
        .await
        .map_err(ctx::fail)
}

/// Reinstates a license.
///
/// # Errors
/// When it is not suspended.
#[server(prefix = "/_fn", endpoint = "reinstate_license")]
pub async fn reinstate_license(id: LicenseId) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    service::license::reinstate(&service, &actor, id)
        .await
        .map_err(ctx::fail)
}

/// Revokes a license.
///
/// # Errors
/// When it is revoked already.
#[server(prefix = "/_fn", endpoint = "revoke_license")]
pub async fn revoke_license(id: LicenseId, reason: String) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    let reason = parse::reason(&reason).map_err(ctx::fail)?;
    service::license::revoke(&service, &actor, id, reason)
        .await
        .map_err(ctx::fail)
}

/// Moves a license's expiry: `extend` by days, to a date, or to never.
///
/// # Errors
/// When a field is at fault or the license is revoked.
#[server(prefix = "/_fn", endpoint = "renew_license")]
pub async fn renew_license(id: LicenseId, expiry: String, expires_at: String) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    let current = service::license::show(&service, &actor, id)
        .await
        .map_err(ctx::fail)?
        .expires_at;
    let expires_at = parse::renewal(&expiry, &expires_at, current, service.now()).map_err(ctx::fail)?;
    service::license::renew(&service, &actor, id, expires_at)
        .await
        .map_err(ctx::fail)
}

/// Changes a license's limits.
///
/// # Errors
/// When a limit is no number or the license is revoked.
#[server(prefix = "/_fn", endpoint = "change_limit")]
pub async fn change_limit(id: LicenseId, domain_limit: String, machine_limit: String) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    let limits = parse::limits(&domain_limit, &machine_limit).map_err(ctx::fail)?;
    service::license::change_limit(&service, &actor, id, limits)
        .await
        .map_err(ctx::fail)
}

/// Frees the slot an activation holds.
///
/// # Errors
/// When it is not there any more.
#[server(prefix = "/_fn", endpoint = "free_activation")]
pub async fn free_activation(license: LicenseId, activation: ActivationId) -> Result<(), UiError> {
    let (service, actor) = (ctx::service()?, ctx::actor()?);
    service::activation::free(&service, &actor, license, activation)
        .await
        .map_err(ctx::fail)
}

/// What the forms send, parsed.
#[cfg(feature = "ssr")]
mod parse {
    use domain::license::{Limit, Reason};
    use domain::text::Name;
    use domain::{Email, Invalid, ProductId, Timestamp};
    use service::license::{Issue, NewLimits};
    use service::{Error, Result};

    pub struct IssueForm {
        pub product: String,
        pub customer_name: String,
        pub customer_email: String,
        pub domain_limit: String,
        pub machine_limit: String,
        pub expiry: String,
        pub expires_at: String,
        pub count: String,
    }

    impl IssueForm {
        /// Checks every field, so that all faults are shown at once.
        pub fn parse(&self) -> Result<Issue> {
            let product = self
                .product
                .parse::<ProductId>()
                .map_err(|_| Invalid::new("product", "Please choose a product."));
            let customer_name = Name::optional("customer_name", &self.customer_name);
            let customer_email = optional(&self.customer_email, |text| {
                Email::parse(text).map_err(|e| e.at("customer_email"))
            });
            let domain_limit = optional(&self.domain_limit, |text| Limit::parse("domain_limit", text));
            let machine_limit = optional(&self.machine_limit, |text| Limit::parse("machine_limit", text));
            let expires_at = match self.expiry.as_str() {
                "never" => Ok(Some(None)),
                "date" => Timestamp::parse_expiry(&self.expires_at).map(|at| Some(Some(at))),
                _ => Ok(None),
            };
            let count = match self.count.trim() {
                "" => Ok(1),
                text => text
                    .parse()
                    .map_err(|_| Invalid::new("count", "The count must be a whole number from 1 to 1,000.")),
            };
            match (
                product,
                customer_name,
                customer_email,
                domain_limit,
                machine_limit,
                expires_at,
                count,
            ) {
                (
                    Ok(product),
                    Ok(customer_name),
                    Ok(customer_email),
                    Ok(domain_limit),
                    Ok(machine_limit),
                    Ok(expires_at),
                    Ok(count),
                ) => Ok(Issue {
                    product,
                    customer_name,
                    customer_email,
                    domain_limit,
                    machine_limit,
                    expires_at,
                    count,
                }),
                (a, b, c, d, e, f, g) => Err(Error::Invalid(
                    [a.err(), b.err(), c.err(), d.err(), e.err(), f.err(), g.err()]
                        .into_iter()
                        .flatten()
                        .collect(),
                )),
            }
        }
    }

    /// An empty field is the product's default.
    fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Result<Option<T>, Invalid> {
        if text.trim().is_empty() {
            Ok(None)
        } else {
            parse(text).map(Some)
        }
    }

    pub fn reason(text: &str) -> Result<Option<Reason>> {
        Ok(Reason::optional("reason", text)?)
    }

    pub fn limits(domains: &str, machines: &str) -> Result<NewLimits> {
        Ok(NewLimits {
            domains: Some(Limit::parse("domain_limit", domains)?),
            machines: Some(Limit::parse("machine_limit", machines)?),
        })
    }

    /// `never`, `date`, or a number of days beyond the current expiry, or beyond
    /// now where that has passed.
    pub fn renewal(
        expiry: &str,
        date: &str,
        current: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        match expiry {
            "never" => Ok(None),
            "date" => Ok(Some(Timestamp::parse_expiry(date)?)),
            days => match days.parse::<i64>() {
                Ok(days) if (1..=36_500).contains(&days) => {
                    Ok(Some(current.map_or(now, |at| at.max(now)).plus_days(days)))
                }
                _ => Err(Error::invalid("expiry", "Please choose how to renew.")),
            },
        }
    }
}
