//! Tests of the HTTP APIs, through the router without a socket.

mod activate;
mod cors;
mod deactivate;
mod examples;
mod former_keys;
mod injection;
mod machine_api;
mod malformed_input;
mod management_activations;
mod management_api;
mod management_examples;
mod management_licenses;
mod openapi;
mod pasted_input;
mod paths;
mod purchase_hooks;
mod rate_limits;
mod status;
mod verify;
mod verify_fast_path;

use domain::{LicenseId, LicenseKey, Timestamp};
use service::license::{issue, revoke, suspend};

use crate::test_app::TestApp;
use test_support::{Seller, license};

/// One license key for each standing in which activation is rejected.
struct Keys {
    suspended: LicenseKey,
    revoked: LicenseKey,
    expired: LicenseKey,
}

async fn keys(app: &TestApp, seller: &Seller) -> Keys {
    let (id, suspended) = license(&app.service, seller, 1).await;
    suspend(&app.service, &seller.actor, id, None).await.unwrap();
    let (id, revoked) = license(&app.service, seller, 1).await;
    revoke(&app.service, &seller.actor, id, None).await.unwrap();
    let (_, expired) = expiring(app, seller, Timestamp::from_millis(1)).await;
    Keys { suspended, revoked, expired }
}

async fn expiring(app: &TestApp, seller: &Seller, at: Timestamp) -> (LicenseId, LicenseKey) {
    let new_license = domain::license::NewLicense {
        expires_at: Some(Some(at)),
        ..domain::license::NewLicense::for_product(seller.product.id)
    };
    let issued = issue(&app.service, &seller.actor, new_license).await.unwrap().pop().unwrap();
    (issued.id, issued.key)
}
