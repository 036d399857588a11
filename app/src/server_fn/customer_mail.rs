//! Server functions of mails to customers: settings and templates.

use domain::ProductId;
use domain::mail_template::{MailTemplate, TemplateKind, TemplateSource};
use domain::view::{CustomerMailView, TemplateRow, TemplateView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
use crate::context;
use crate::form;

/// The data of the page of mails to customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerMailPage {
    /// The settings.
    pub settings: CustomerMailView,
    /// The templates.
    pub templates: Vec<TemplateRow>,
    /// Whether this server sends mail.
    pub sends_mail: bool,
}

/// The data of a template's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatePage {
    /// The template.
    pub template: TemplateView,
    /// Whether this server sends mail.
    pub sends_mail: bool,
}

/// Returns the settings of mails to customers.
///
/// # Errors
/// Returns `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "customer_mail")]
pub async fn load_customer_mail() -> Result<CustomerMailPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let settings = service::mail::show_customer_mail(&service, &actor).await.map_err(context::to_ui_error)?;
    let templates = service::mail::list_templates(&service, &actor).await.map_err(context::to_ui_error)?;
    Ok(CustomerMailPage { settings, templates, sends_mail: service.sends_mail() })
}

/// Changes the settings of mails to customers.
///
/// # Errors
/// Returns `invalid` for an invalid field.
#[server(prefix = "/_fn", endpoint = "change_customer_mail")]
pub async fn change_customer_mail(
    #[server(default)] sender_name: String,
    #[server(default)] reply_to: String,
    #[server(default)] sends_reminders: Option<String>,
    #[server(default)] announces_activations: Option<String>,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let settings = form::parse_customer_mail(
        &sender_name,
        &reply_to,
        sends_reminders.as_deref(),
        announces_activations.as_deref(),
    )
    .map_err(context::validation_error)?;
    service::mail::change_customer_mail(&service, &actor, &settings).await.map_err(context::to_ui_error)
}

/// Switches reminders of one product on, if `sends` is sent, or off.
///
/// # Errors
/// Returns `not_found` if the product does not exist.
#[server(prefix = "/_fn", endpoint = "set_product_reminders")]
pub async fn set_product_reminders(
    product: ProductId,
    #[server(default)] sends: Option<String>,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::mail::set_product_reminders(&service, &actor, product, sends.is_some())
        .await
        .map_err(context::to_ui_error)
}

/// Returns a template with its preview.
///
/// # Errors
/// Returns `not_found` if the mail has no template.
#[server(prefix = "/_fn", endpoint = "mail_template")]
pub async fn load_mail_template(kind: String) -> Result<TemplatePage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let kind = parse_kind(&kind)?;
    let template =
        service::mail::show_template(&service, &actor, kind).await.map_err(context::to_ui_error)?;
    Ok(TemplatePage { template, sends_mail: service.sends_mail() })
}

/// Puts a template to use. A template with errors is kept as a draft, because the input may not fit into the
/// cookie that brings it back.
///
/// # Errors
/// Returns `invalid` for each wrong field.
#[server(prefix = "/_fn", endpoint = "save_mail_template")]
pub async fn save_mail_template(
    kind: String,
    #[server(default)] subject: String,
    #[server(default)] text: String,
    #[server(default)] html: String,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let (kind, source) = (parse_kind(&kind)?, TemplateSource { subject, text, html });
    let saved = service::mail::change_template(&service, &actor, kind, &source).await;
    if matches!(saved, Err(service::Error::Invalid(_))) {
        service::mail::save_template_draft(&service, &actor, kind, &source)
            .await
            .map_err(context::to_ui_error)?;
    }
    saved.map_err(context::to_ui_error)
}

/// Stores a draft of a template, which the page shows with its preview.
///
/// # Errors
/// Returns `invalid` for each wrong field. The draft is stored nevertheless.
#[server(prefix = "/_fn", endpoint = "preview_mail_template")]
pub async fn preview_mail_template(
    kind: String,
    #[server(default)] subject: String,
    #[server(default)] text: String,
    #[server(default)] html: String,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let (kind, source) = (parse_kind(&kind)?, TemplateSource { subject, text, html });
    service::mail::save_template_draft(&service, &actor, kind, &source)
        .await
        .map_err(context::to_ui_error)?;
    MailTemplate::parse(kind, &source).map(drop).map_err(context::validation_error)
}

/// Resets a template to the default, and deletes its draft.
///
/// # Errors
/// Returns `not_found` if the mail has no template.
#[server(prefix = "/_fn", endpoint = "reset_mail_template")]
pub async fn reset_mail_template(kind: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let kind = parse_kind(&kind)?;
    service::mail::reset_template(&service, &actor, kind).await.map_err(context::to_ui_error)
}

/// Sends a mail with sample values to the signed-in member.
///
/// # Errors
/// Returns `conflict` if mail is off, and `invalid` if the draft has errors.
#[server(prefix = "/_fn", endpoint = "send_template_sample")]
pub async fn send_template_sample(kind: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let kind = parse_kind(&kind)?;
    let sent = service::mail::send_template_sample(&service, &actor, kind).await;
    sent.map(drop).map_err(context::to_ui_error)
}

/// Parses the kind of the URL.
fn parse_kind(word: &str) -> Result<TemplateKind, UiError> {
    word.parse().map_err(|_| context::to_ui_error(service::Error::NotFound))
}
