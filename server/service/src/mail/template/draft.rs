//! Saves a draft of a template.

use domain::FieldError;
use domain::mail_template::{MAX_HTML_LEN, MAX_SUBJECT_LEN, MAX_TEXT_LEN, TemplateKind, TemplateSource};
use domain::permission::Permission;
use sea_orm::Set;

use super::stored::{TemplateVersion, find_for_change, store};
use crate::{Actor, Error, Result, Service};

/// Stores a draft as it was typed, also with errors.
///
/// # Errors
/// Returns an error if the role lacks the permission, a field is longer than twice its limit, or the database
/// fails.
pub async fn save_template_draft(
    service: &Service,
    actor: &Actor,
    kind: TemplateKind,
    source: &TemplateSource,
) -> Result<()> {
    save_shown_draft(service, actor, kind, source, None).await
}

/// Like [`save_template_draft`], by a page that showed a version.
///
/// # Errors
/// As [`save_template_draft`]; [`Error::Changed`] if another member has changed the template or its draft since.
#[tracing::instrument(name = "mail.save_template_draft", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn save_shown_draft(
    service: &Service,
    actor: &Actor,
    kind: TemplateKind,
    source: &TemplateSource,
    shown: Option<&TemplateVersion>,
) -> Result<()> {
    actor.require(Permission::ManageMail)?;
    let source = source.cleaned();
    ensure_bounded(&source)?;
    let txn = service.begin_write().await?;
    let found = find_for_change(&txn, actor.account, kind).await?;
    if let Some(shown) = shown {
        shown.ensure_stored(found.as_ref())?;
    }
    store(&txn, actor.account, kind, found, |row| {
        let TemplateSource { subject, text, html } = source;
        (row.draft_subject, row.draft_text, row.draft_html) =
            (Set(Some(subject)), Set(Some(text)), Set(Some(html)));
    })
    .await?;
    txn.commit().await
}

/// Bounds the size of a draft. The limits of templates are checked when it is put to use.
fn ensure_bounded(source: &TemplateSource) -> Result<()> {
    let fields = [
        ("subject", &source.subject, MAX_SUBJECT_LEN),
        ("text", &source.text, MAX_TEXT_LEN),
        ("html", &source.html, MAX_HTML_LEN),
    ];
    let mut faults = Vec::new();
    for (field, text, max) in fields {
        if text.chars().count() > 2 * max {
            faults.push(FieldError::new(field, format!("This field holds at most {max} characters.")));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}
