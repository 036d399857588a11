//! Resources that are not offered: their lists are empty, and everything else is not found (management API
//! contract, 2.5, 2.8 and 2.12).

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use domain::Scope;
use service::Service;

use super::access::Caller;
use super::answer;
use super::error::Result;

/// Lists that need no scope.
const WITHOUT_SCOPE: [&str; 11] = [
    "/feature-flags",
    "/product-versions",
    "/entitlement-sets",
    "/features",
    "/maintenance-policies",
    "/automated-emails",
    "/automated-email-event-logs",
    "/user-groups",
    "/saml-configurations",
    "/invoices",
    "/payment-methods",
];

/// Returns the routes. Other methods are not found.
pub(super) fn routes() -> Router<Service> {
    let with_scope = Router::new().route("/releases", get(releases)).route("/resellers", get(resellers));
    WITHOUT_SCOPE.into_iter().fold(with_scope, |router, path| router.route(path, get(no_rows)))
}

async fn releases(caller: Caller) -> Result<Response> {
    empty(&caller, Some(Scope::RELEASE_READ))
}

async fn resellers(caller: Caller) -> Result<Response> {
    empty(&caller, Some(Scope::RESELLER_READ))
}

async fn no_rows(caller: Caller) -> Result<Response> {
    empty(&caller, None)
}

fn empty(caller: &Caller, scope: Option<Scope>) -> Result<Response> {
    if let Some(scope) = scope {
        caller.require(scope)?;
    }
    answer::ok(&[(); 0])
}
