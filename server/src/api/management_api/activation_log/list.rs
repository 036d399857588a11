//! The list of the activation log.

use axum::extract::State;
use axum::response::Response;
use domain::Scope;
use domain::filter::{FieldKind, FilterField};
use serde::Serialize;
use service::Service;
use service::activation_log::{self, ActivationLogRecord};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::management_api::access::Caller;
use crate::api::management_api::answer::Time;
use crate::api::management_api::document::list_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::{ListItem, ListQuery, ListTable};
use crate::api::management_api::machine_view::{LocationView, PropertyView};

/// The words of actions.
const ACTIONS: [&str; 4] = ["activate", "deactivate", "lease-expire", "trial-activate"];

pub(super) static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::new("action", FieldKind::Enumeration(&ACTIONS)),
        FilterField::id("licenseId"),
        FilterField::new("licenseKey", FieldKind::Key),
        FilterField::new("license.key", FieldKind::Key),
        FilterField::id("productId"),
    ],
    sorts: &[],
    parameters: &[],
};

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// What happened to an activation.
#[derive(ToSchema)]
#[schema(as = v3::ActivationLogAction, rename_all = "kebab-case")]
#[allow(dead_code, reason = "a schema of the document")]
enum Action {
    Activate,
    Deactivate,
    LeaseExpire,
    TrialActivate,
}

/// An entry, with what the machine reported before. The log keeps no properties of apps: they may name a person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::ActivationLog)]
struct ActivationLogView {
    id: Uuid,
    created_at: Time,
    /// Always `createdAt`.
    updated_at: Time,
    /// The operating system, or an empty text.
    os: String,
    /// The operating system's version, or an empty text.
    os_version: String,
    /// The machine's host name, or the domain.
    hostname: String,
    /// What happened.
    #[schema(value_type = Action)]
    action: &'static str,
    /// Where the client was.
    location: LocationView,
    /// The name of the virtual machine, or an empty text.
    vm_name: String,
    /// Whether the app runs in a container.
    container: bool,
    /// Whether the machine was activated by a request file.
    offline: bool,
    /// The app's version, or an empty text.
    app_version: String,
    /// Always empty.
    #[schema(value_type = Vec<PropertyView>)]
    metadata: [(); 0],
    /// The license's id. `null` for a trial.
    license_id: Option<Uuid>,
    /// The product's id. `null` if its license was removed.
    product_id: Option<Uuid>,
}

impl From<ActivationLogRecord> for ActivationLogView {
    fn from(record: ActivationLogRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: record.at.into(),
            updated_at: record.at.into(),
            os: record.machine.os,
            os_version: record.machine.os_version,
            hostname: record.subject,
            action: record.action.as_str(),
            location: LocationView::of(record.ip.unwrap_or_default()),
            vm_name: record.machine.vm_name,
            container: record.machine.container,
            offline: record.machine.offline,
            app_version: record.machine.app_version,
            metadata: [],
            license_id: record.license.map(|id| id.0),
            product_id: record.product.map(|id| id.0),
        }
    }
}

impl ListItem for ActivationLogView {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// List the activation log
///
/// Activations, releases and trials of machines and domains.
#[utoipa::path(get, path = "/v3/activation-logs", tag = "Logs", operation_id = "listActivationLog",
    security(("bearer" = ["activation:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of entries.", body = Vec<ActivationLogView>)))]
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::ACTIVATION_READ)?;
    let list = query.parse(&TABLE)?;
    let page = activation_log::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(ActivationLogView::from))
}
