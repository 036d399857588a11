//! Makes a license template.

use domain::KeyPattern;
use domain::event::Event;
use domain::license::Limit;
use domain::license_rules::{LicenseKind, LicenseRules, RulesInForce};
use domain::machine::{MachineRules, Seconds, SyncRules};
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, Set};

use super::change::TemplateChange;
use super::event::template_event;
use super::record::{TemplateRecord, record};
use super::rule_columns::RuleColumns;
use crate::error::is_duplicate;
use crate::store::WriteTxn;
use crate::store::entity::license_templates;
use crate::{Actor, Error, Result, Service, new_id};

/// Grace time of templates that programs make, in seconds: 30 days.
const SYNC_GRACE_SECONDS: u32 = 2_592_000;
/// Clock skew of templates that programs make, in seconds: a day.
const CLOCK_OFFSET_SECONDS: i32 = 86_400;

/// The rules of a template of which only the name is given.
pub(super) fn defaults() -> RuleColumns {
    let rules = LicenseRules {
        kind: Some(LicenseKind::NodeLocked),
        clock_offset: CLOCK_OFFSET_SECONDS,
        client_lease: false,
        ..LicenseRules::default()
    };
    let sync =
        SyncRules { interval: Some(Seconds::new(3600)), grace: Some(Seconds::new(SYNC_GRACE_SECONDS)) };
    RuleColumns {
        domain_limit: Limit::new(1),
        machine_limit: Limit::new(1),
        key: KeyPattern::Hex,
        rules: RulesInForce {
            machines: MachineRules { sync, ..MachineRules::default() },
            rules,
            ..RulesInForce::default()
        },
    }
}

/// Makes a template.
///
/// # Errors
/// Returns an error if the role lacks the permission, the name is missing, or the database fails.
#[tracing::instrument(name = "license_template.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(service: &Service, actor: &Actor, new: TemplateChange) -> Result<TemplateRecord> {
    actor.require(Permission::WriteProduct)?;
    let mut txn = service.begin_write().await?;
    let row = insert(&mut txn, actor, &new).await?;
    txn.commit().await?;
    Ok(record(&row))
}

/// Inserts a template by its change of the defaults.
pub(crate) async fn insert(
    txn: &mut WriteTxn,
    actor: &Actor,
    new: &TemplateChange,
) -> Result<license_templates::Model> {
    let name = new.name.as_ref().ok_or_else(|| Error::invalid("name", "The name is required."))?;
    let now = txn.now();
    let list =
        |names: Option<&Vec<String>>| serde_json::json!(names.cloned().unwrap_or_default()).to_string();
    let created = new.created_at.unwrap_or(now);
    let mut row = license_templates::ActiveModel {
        id: Set(new.id.map_or_else(new_id, |id| id.0)),
        account_id: Set(actor.account.0),
        name: Set(name.to_string()),
        required_metadata: Set(list(new.required_metadata.as_ref())),
        required_meters: Set(list(new.required_meters.as_ref())),
        created_at: Set(created.millis()),
        updated_at: Set(new.updated_at.unwrap_or(created).millis()),
        ..Default::default()
    };
    new.apply(&defaults()).write_template(&mut row);
    let row = match row.insert(txn.conn()).await {
        Err(error) if is_duplicate(&error) => {
            return Err(Error::invalid("id", "Another license template has this id."));
        }
        inserted => inserted?,
    };
    txn.record(actor, template_event(Event::LicenseTemplateCreated, &row));
    Ok(row)
}
