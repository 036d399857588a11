mod activate;
mod cors;
mod deactivate;
mod injection;
mod machine_api;
mod malformed_input;
mod openapi;
mod paths;
mod rate_limits;
mod status;
mod verify;
mod verify_fast_path;

use domain::{LicenseId, LicenseKey, Timestamp};
use service::license::{issue, revoke, suspend};

use crate::support::{Seller, license};
use crate::test_app::TestApp;

/// A key in each standing that refuses.
struct Keys {
    suspended: LicenseKey,
    revoked: LicenseKey,
    expired: LicenseKey,
}

async fn keys(face: &TestApp, seller: &Seller) -> Keys {
    let (id, suspended) = license(&face.service, seller, 1).await;
    suspend(&face.service, &seller.actor, id, None).await.unwrap();
    let (id, revoked) = license(&face.service, seller, 1).await;
    revoke(&face.service, &seller.actor, id, None).await.unwrap();
    let (_, expired) = expiring(face, seller, Timestamp::from_millis(1)).await;
    Keys { suspended, revoked, expired }
}

async fn expiring(face: &TestApp, seller: &Seller, at: Timestamp) -> (LicenseId, LicenseKey) {
    let what = domain::license::NewLicense {
        expires_at: Some(Some(at)),
        ..domain::license::NewLicense::for_product(seller.product.id)
    };
    let one = issue(&face.service, &seller.actor, what).await.unwrap().pop().unwrap();
    (one.id, one.key)
}
