//! Server functions of mails to customers: settings and templates.

use domain::ProductId;
use domain::event::Event;
use domain::mail_template::{MailTemplate, TemplateKind, TemplateSource};
use domain::view::{CustomerMailView, TemplateRow, TemplateView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::audit::ChangedObject;
use service::mail::TemplateVersion;

use crate::UiError;
use crate::context;
use crate::form::CustomerMailForm;

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
    /// What the member typed, if another member changed the template meanwhile.
    pub refused: Option<TemplateSource>,
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
/// Returns `invalid` for an invalid field, and `changed` for a field that was changed since the form was rendered.
#[server(prefix = "/_fn", endpoint = "change_customer_mail")]
pub async fn change_customer_mail(#[server(flatten)] form: CustomerMailForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let change = form.parse().map_err(context::validation_error)?;
    match service::mail::change_shown_customer_mail(&service, &actor, change).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let events = [Event::MailSettingsChanged];
            Err(context::to_conflict_error(error, ChangedObject::Account, &events).await)
        }
    }
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
    let refused = context::take_one_time_text(&refused_page(kind)).await?;
    let refused = refused.and_then(|json| serde_json::from_str(&json).ok());
    Ok(TemplatePage { template, refused, sends_mail: service.sends_mail() })
}

/// Puts a template to use. A template with errors is kept as a draft, because the input may not fit into the
/// cookie that brings it back.
///
/// # Errors
/// Returns `invalid` for each wrong field, and `changed` if another member changed the template since the form was
/// rendered.
#[server(prefix = "/_fn", endpoint = "save_mail_template")]
pub async fn save_mail_template(
    kind: String,
    #[server(default)] version: String,
    #[server(default)] subject: String,
    #[server(default)] text: String,
    #[server(default)] html: String,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let (kind, source) = (parse_kind(&kind)?, TemplateSource { subject, text, html });
    let shown = TemplateVersion::parse(&version);
    let mut saved =
        service::mail::change_shown_template(&service, &actor, kind, &source, shown.as_ref()).await;
    if matches!(saved, Err(service::Error::Invalid(_))) {
        let kept = service::mail::save_shown_draft(&service, &actor, kind, &source, shown.as_ref()).await;
        // Otherwise the wrong fields of the template are reported.
        saved = kept.and(saved);
    }
    match saved {
        Ok(()) => Ok(()),
        Err(error) => Err(keep_refused(error, kind, Some(&source), shown.as_ref()).await?),
    }
}

/// Stores a draft of a template, which the page shows with its preview.
///
/// # Errors
/// Returns `invalid` for each wrong field. The draft is stored nevertheless. Returns `changed` if another member
/// changed the template since the form was rendered.
#[server(prefix = "/_fn", endpoint = "preview_mail_template")]
pub async fn preview_mail_template(
    kind: String,
    #[server(default)] version: String,
    #[server(default)] subject: String,
    #[server(default)] text: String,
    #[server(default)] html: String,
) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let (kind, source) = (parse_kind(&kind)?, TemplateSource { subject, text, html });
    let shown = TemplateVersion::parse(&version);
    let kept = service::mail::save_shown_draft(&service, &actor, kind, &source, shown.as_ref()).await;
    if let Err(error) = kept {
        return Err(keep_refused(error, kind, Some(&source), shown.as_ref()).await?);
    }
    MailTemplate::parse(kind, &source).map(drop).map_err(context::validation_error)
}

/// Resets a template to the default, and deletes its draft.
///
/// # Errors
/// Returns `not_found` if the mail has no template, and `changed` if another member changed it since the form was
/// rendered.
#[server(prefix = "/_fn", endpoint = "reset_mail_template")]
pub async fn reset_mail_template(kind: String, #[server(default)] version: String) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let (kind, shown) = (parse_kind(&kind)?, TemplateVersion::parse(&version));
    match service::mail::reset_shown_template(&service, &actor, kind, shown.as_ref()).await {
        Ok(()) => Ok(()),
        Err(error) => Err(keep_refused(error, kind, None, shown.as_ref()).await?),
    }
}

/// Returns the error of a form. After a conflict, the next page shows the member's own text again, which may not
/// fit into the cookie of a failed form.
async fn keep_refused(
    error: service::Error,
    kind: TemplateKind,
    typed: Option<&TemplateSource>,
    shown: Option<&TemplateVersion>,
) -> Result<UiError, UiError> {
    let is_conflict = matches!(error, service::Error::Changed(_));
    let since = shown.map(TemplateVersion::shown_at);
    let events = [Event::MailTemplateChanged];
    let mut ui = context::conflict_since(error, ChangedObject::Template(kind), &events, since).await;
    // The whole template is in conflict, no field of it.
    ui.fields.remove("version");
    if is_conflict && let Some(json) = typed.and_then(|typed| serde_json::to_string(typed).ok()) {
        context::store_one_time_text(&refused_page(kind), &json).await?;
    }
    Ok(ui)
}

/// The name of the page that shows a refused template again, for the one-time text.
fn refused_page(kind: TemplateKind) -> String {
    format!("refused template {}", kind.as_str())
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
