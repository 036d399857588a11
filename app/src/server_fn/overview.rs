//! Server function of the overview page.

use domain::view;
use leptos::prelude::*;

use crate::UiError;
use crate::context;

/// Returns the data of the overview for the last `days` days.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "overview")]
pub async fn overview(days: i32) -> Result<view::Overview, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::overview::overview(&service, &actor, days).await.map_err(context::to_ui_error)
}
