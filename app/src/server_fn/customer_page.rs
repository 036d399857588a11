//! Server functions of the customer's page. They need no sign-in: a license key or the link of a mail is the
//! permission, and the cookie of the open page after that.

use domain::view::{ActivationCursors, OwnLicenseView, OwnLicenses, SellerBrand};
use domain::{ActivationId, DomainName, LicenseId};
use http::StatusCode;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::customer_page::{self, OfflineOutcome, ReleaseOutcome};

use crate::UiError;
use crate::context;
use crate::paths::CUSTOMER_PAGE_PATH;

/// The choices of the page's URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerPageParams {
    /// The seller's slug.
    pub seller: String,
    /// The license to show; none for the list, or for the license whose key opened the page.
    pub license: Option<String>,
    /// The list of licenses continues after this one.
    pub before: Option<LicenseId>,
    /// The positions in the lists of domains and machines.
    pub activations: ActivationCursors,
}

/// The data of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPageData {
    /// The seller.
    pub brand: SellerBrand,
    /// The content.
    pub content: CustomerPageContent,
    /// The offline response that was just made for a machine of the license.
    pub response: Option<String>,
    /// Whether this server sends mail.
    pub sends_mail: bool,
}

/// The content of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomerPageContent {
    /// The page is not open: the forms that open it.
    Closed,
    /// The licenses of a customer.
    List(OwnLicenses),
    /// A license. `true` if a link opened the page, so that there is a list.
    License(Box<OwnLicenseView>, bool),
}

/// The data of the page that a link leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerLinkPage {
    /// The seller.
    pub brand: SellerBrand,
    /// Whether the link works.
    pub is_valid: bool,
}

/// Returns the data of a seller's page.
///
/// # Errors
/// Returns `not_found` if there is no such seller.
#[server(prefix = "/_fn", endpoint = "customer_page")]
pub async fn customer_page(params: CustomerPageParams) -> Result<CustomerPageData, UiError> {
    let service = context::service()?;
    // A refused key is in its form again.
    context::mark_secret();
    let brand = customer_page::brand(&service, &params.seller).await.map_err(context::to_customer_error)?;
    let content = content(&service, &params).await?;
    let response = match &content {
        CustomerPageContent::License(license, _) => {
            context::take_one_time_text(&response_page(license.license.id)).await?
        }
        _ => None,
    };
    Ok(CustomerPageData { brand, content, response, sends_mail: service.sends_mail() })
}

async fn content(
    service: &service::Service,
    params: &CustomerPageParams,
) -> Result<CustomerPageContent, UiError> {
    let Some(session) = context::customer_session() else { return Ok(CustomerPageContent::Closed) };
    let slug = service::account::account_slug(service, session.account()).await;
    if slug.map_err(context::to_customer_error)? != params.seller {
        return Ok(CustomerPageContent::Closed);
    }
    // A license that is not there is the same as one that the session does not open.
    let license = match params.license.as_deref().map(str::parse::<LicenseId>) {
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Ok(CustomerPageContent::Closed),
        None => None,
    };
    let has_list = session.is_of_address();
    let loaded = if has_list && license.is_none() {
        customer_page::list(service, &session, params.before).await.map(CustomerPageContent::List)
    } else {
        customer_page::show(service, &session, license, &params.activations)
            .await
            .map(|license| CustomerPageContent::License(Box::new(license), has_list))
    };
    match loaded {
        Err(service::Error::NotFound) => Ok(CustomerPageContent::Closed),
        other => other.map_err(context::to_customer_error),
    }
}

/// Opens the page by a license key, and leads to it. `seller` is the slug of the page with the form; the form
/// of no seller has none.
///
/// # Errors
/// Returns `invalid` if no license of the seller has this key, and `throttled` after too many attempts.
#[server(prefix = "/_fn", endpoint = "open_customer_page")]
pub async fn open_customer_page(license_key: String, seller: Option<String>) -> Result<(), UiError> {
    let request = context::request()?;
    let client = request.client.as_deref();
    let opened = customer_page::open_by_key(&request.service, seller.as_deref(), &license_key, client).await;
    let Some((session, seller)) = opened.map_err(context::to_customer_error)? else {
        return Err(field_error("license_key", "error-key"));
    };
    context::keep_customer_page_open(&session)?;
    context::redirect(&format!("{CUSTOMER_PAGE_PATH}/{seller}"));
    Ok(())
}

/// Asks for a link that opens the page. The answer is the same for unknown addresses.
///
/// # Errors
/// Returns `invalid` if the text is no address, `throttled` after too many requests, and `conflict` if mail
/// is off.
#[server(prefix = "/_fn", endpoint = "request_customer_link")]
pub async fn request_customer_link(seller: String, email: String) -> Result<(), UiError> {
    let request = context::request()?;
    let client = request.client.as_deref();
    customer_page::request_link(&request.service, &seller, &email, &request.texts, client)
        .map_err(context::to_customer_error)
}

/// Returns whether a link works, without opening the page.
///
/// # Errors
/// Returns `not_found` if there is no such seller.
#[server(prefix = "/_fn", endpoint = "customer_link")]
pub async fn customer_link(seller: String, token: String) -> Result<CustomerLinkPage, UiError> {
    // The form of the page holds the token.
    context::mark_secret();
    let service = context::service()?;
    let brand = customer_page::brand(&service, &seller).await.map_err(context::to_customer_error)?;
    let is_valid = match customer_page::check_link(&service, &seller, &token).await {
        Ok(()) => true,
        Err(service::Error::NotFound) => {
            context::status(StatusCode::NOT_FOUND);
            false
        }
        Err(error) => return Err(context::to_customer_error(error)),
    };
    Ok(CustomerLinkPage { brand, is_valid })
}

/// Opens the page by the link of a mail, and leads to it, or to the license if it is the only one.
///
/// # Errors
/// Returns `not_found` if the link has expired.
#[server(prefix = "/_fn", endpoint = "open_customer_link")]
pub async fn open_customer_link(seller: String, token: String) -> Result<(), UiError> {
    let service = context::service()?;
    let session = customer_page::open_by_link(&service, &seller, &token).await;
    let session = session.map_err(context::to_customer_error)?;
    let opened = customer_page::list(&service, &session, None).await.map_err(context::to_customer_error)?;
    context::keep_customer_page_open(&session)?;
    let path = format!("{CUSTOMER_PAGE_PATH}/{seller}");
    // A customer with a single license needs no list.
    match opened.licenses.as_slice() {
        [single] => context::redirect(&format!("{path}/licenses/{}", single.id)),
        _ => context::redirect(&path),
    }
    Ok(())
}

/// Frees a domain or a machine of an own license.
///
/// # Errors
/// Returns `conflict` if the product's rule does not allow it now, and `throttled` after too many changes.
#[server(prefix = "/_fn", endpoint = "free_own_activation")]
pub async fn free_own_activation(license: LicenseId, activation: ActivationId) -> Result<(), UiError> {
    let (request, session) = (context::request()?, open_session()?);
    let freed = customer_page::free(&request.service, &session, license, activation, request.ip).await;
    check_outcome(freed.map_err(context::to_customer_error)?)
}

/// Moves an own license from a domain to another one.
///
/// # Errors
/// Returns `invalid` if `to` is no domain or is active already, and `conflict` if the product's rule does not
/// allow it now or no slot is free.
#[server(prefix = "/_fn", endpoint = "move_own_domain")]
pub async fn move_own_domain(
    license: LicenseId,
    activation: ActivationId,
    to: String,
) -> Result<(), UiError> {
    let (request, session) = (context::request()?, open_session()?);
    let to = DomainName::parse(&to).map_err(|_| field_error("to", "error-domain"))?;
    let (service, ip) = (&request.service, request.ip);
    let moved = customer_page::move_domain(service, &session, license, activation, &to, ip).await;
    check_outcome(moved.map_err(context::to_customer_error)?)
}

/// Activates an own license on a machine without a network, by the request of the software. The next page shows
/// the response, once.
///
/// # Errors
/// Returns `invalid` if the text is no request for the license, `conflict` if the seller does not allow it or no
/// slot is free, and `throttled` after too many changes.
#[server(prefix = "/_fn", endpoint = "activate_own_offline")]
pub async fn activate_own_offline(
    license: LicenseId,
    #[server(default)] request: String,
) -> Result<(), UiError> {
    let (browser, session) = (context::request()?, open_session()?);
    let (service, ip) = (&browser.service, browser.ip);
    let made = customer_page::activate_offline(service, &session, license, &request, ip).await;
    let response = response_of(made.map_err(context::to_customer_error)?)?;
    context::store_one_time_text(&response_page(license), &response).await
}

/// The name of the page that shows a response, for the one-time text.
fn response_page(license: LicenseId) -> String {
    format!("customer's response {license}")
}

/// Closes the page in this browser.
///
/// # Errors
/// Returns `internal` if the request context is missing.
#[server(prefix = "/_fn", endpoint = "close_customer_page")]
pub async fn close_customer_page() -> Result<(), UiError> {
    context::close_customer_page()
}

/// Sets the language of the page.
///
/// # Errors
/// Returns `internal` if the request context is missing.
#[server(prefix = "/_fn", endpoint = "set_language")]
pub async fn set_language(language: String) -> Result<(), UiError> {
    context::set_language(&language)
}

fn open_session() -> Result<customer_page::CustomerSession, UiError> {
    context::customer_session().ok_or_else(|| context::to_customer_error(service::Error::NotFound))
}

/// Returns the error of a field, in the customer's language.
fn field_error(field: &'static str, text: &str) -> UiError {
    context::status(StatusCode::UNPROCESSABLE_ENTITY);
    let texts = context::texts();
    let mut error = UiError::new("invalid", texts.text("error-fields"));
    error.fields.insert(field.to_owned(), texts.text(text));
    error
}

fn check_outcome(outcome: ReleaseOutcome) -> Result<(), UiError> {
    let texts = context::texts();
    let message = match outcome {
        ReleaseOutcome::Done => return Ok(()),
        ReleaseOutcome::ActiveAlready => return Err(field_error("to", "error-active")),
        ReleaseOutcome::NoSlot => return Err(field_error("to", "error-no-slot")),
        ReleaseOutcome::Gone => texts.text("error-gone"),
        ReleaseOutcome::Never => texts.text("error-never"),
        ReleaseOutcome::NotBefore(at) => {
            let date = texts.date_and_time(at);
            texts.format("error-not-yet", &[("date", date.as_str().into())])
        }
        ReleaseOutcome::OfflineBySeller => texts.text("error-offline-seller-free"),
        ReleaseOutcome::OfflineUntil(at) => {
            let date = texts.date_and_time(at);
            texts.format("error-offline-until", &[("date", date.as_str().into())])
        }
        ReleaseOutcome::SellerSuspended => texts.text("seller-suspended"),
        ReleaseOutcome::NotActive => texts.text("error-standing"),
    };
    context::status(StatusCode::CONFLICT);
    Err(UiError::new("conflict", message))
}

/// Returns the response, or the refusal in the customer's language.
fn response_of(outcome: OfflineOutcome) -> Result<String, UiError> {
    let refusal = match outcome {
        OfflineOutcome::Response(response) => return Ok(response),
        OfflineOutcome::NoRequest => return Err(field_error("request", "error-offline-request")),
        OfflineOutcome::Deactivation => return Err(field_error("request", "error-offline-deactivation")),
        OfflineOutcome::TooLong => return Err(field_error("request", "error-offline-long")),
        OfflineOutcome::OtherKey => return Err(field_error("request", "error-offline-key")),
        OfflineOutcome::OtherProduct => return Err(field_error("request", "error-offline-product")),
        OfflineOutcome::Never => "error-offline-never",
        OfflineOutcome::SellerSuspended => "seller-suspended",
        OfflineOutcome::NotActive => "error-offline-standing",
        OfflineOutcome::OfSeller => "error-offline-seller",
        OfflineOutcome::NoSlot => "error-offline-slot",
        OfflineOutcome::NotAdmitted => "error-offline-admission",
        OfflineOutcome::MeterExhausted => "error-offline-meter",
    };
    context::status(StatusCode::CONFLICT);
    Err(UiError::new("conflict", context::texts().text(refusal)))
}
