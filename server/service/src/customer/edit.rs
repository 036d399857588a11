//! Edits of customers by the form of the dashboard, which shows every field.

use domain::customer::Identity;
use domain::license::Metadata;
use domain::object_metadata::FieldChange;
use domain::permission::Permission;
use domain::tag::TagNames;
use domain::{CustomerId, FieldError, PersonName};

use super::change::{CustomerChange, MetadataChange, change};
use super::create::Saved;
use super::identity::identity;
use super::record::person_name;
use crate::store::scope;
use crate::{Actor, Error, Result, Service, organization};

/// A submitted form: the new values, and those that it showed. A field that was left as it was keeps what another
/// user stored meanwhile.
#[derive(Debug, Clone)]
pub struct CustomerEdit {
    /// The name in its parts.
    pub name: PersonName,
    /// The name and the address.
    pub identity: Identity,
    /// The name and the address that the form showed.
    pub shown: Option<Identity>,
    /// The company, if it was changed.
    pub company: Option<String>,
    /// The name of the organization, if it was changed; empty for none.
    pub organization: Option<String>,
    /// The tags, if they were changed.
    pub tags: Option<TagNames>,
    /// The seller's own fields, if they were changed.
    pub metadata: Option<Metadata>,
}

/// Changes a customer as a form says.
///
/// # Errors
/// Returns an error if the role lacks the permission, the customer does not exist, another user changed the name or
/// the address meanwhile, a field is refused, or the database fails.
#[tracing::instrument(name = "customer.edit", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn edit(service: &Service, actor: &Actor, id: CustomerId, edit: CustomerEdit) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let row = scope::customer(service.store.read(), actor.account, id).await?;
    let stored = identity(&row);
    let merged = stored.edit(edit.shown.as_ref(), edit.identity.clone()).map_err(Error::Invalid)?;
    // The parts count if the form changed the name; otherwise the name stays in its stored parts.
    let name = if merged.name == edit.identity.name { edit.name } else { person_name(&row) };
    let organization = match &edit.organization {
        None => None,
        Some(name) if name.trim().is_empty() => Some(None),
        Some(name) => {
            let found = organization::find_by_name(service, actor, name).await?;
            let text = "There is no such organization. Make it first, or choose another one.";
            Some(Some(found.ok_or_else(|| FieldError::new("organization", text))?))
        }
    };
    let saved = change(
        service,
        actor,
        id,
        CustomerChange {
            first_name: Some(name.first),
            last_name: Some(name.last),
            email: Some(merged.email),
            company: edit.company,
            organization,
            metadata: metadata_change(edit.metadata)?,
            tags: edit.tags,
            may_remove_name: true,
            ..CustomerChange::default()
        },
    );
    let text = match saved.await? {
        Saved::Saved(_) => return Ok(()),
        Saved::DuplicateEmail => {
            let text = "Another customer has this address. Merge the two, or enter another address.";
            return Err(Error::invalid("email", text));
        }
        Saved::NoSuchOrganization => "This organization was deleted meanwhile.",
    };
    Err(Error::invalid("organization", text))
}

fn metadata_change(metadata: Option<Metadata>) -> Result<MetadataChange> {
    let Some(metadata) = metadata else { return Ok(MetadataChange::default()) };
    let fields = metadata.iter().map(|(key, value)| FieldChange::parse(key, Some(value), None));
    Ok(MetadataChange::Replace(fields.collect::<std::result::Result<_, _>>()?))
}
