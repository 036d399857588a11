mod activate;
mod cors;
mod deactivate;
mod hostile;
mod hot;
mod limits;
mod naughty;
mod openapi;
mod paths;
mod status;
mod v3;
mod verify;

use domain::{LicenseId, LicenseKey, Timestamp};
use service::license::{issue, revoke, suspend};

use crate::face::Face;
use crate::support::{Seller, license};

/// A key in each standing that refuses.
struct Keys {
    suspended: LicenseKey,
    revoked: LicenseKey,
    expired: LicenseKey,
}

async fn keys(face: &Face, seller: &Seller) -> Keys {
    let (id, suspended) = license(&face.service, seller, 1).await;
    suspend(&face.service, &seller.actor, id, None).await.unwrap();
    let (id, revoked) = license(&face.service, seller, 1).await;
    revoke(&face.service, &seller.actor, id, None).await.unwrap();
    let (_, expired) = expiring(face, seller, Timestamp::from_millis(1)).await;
    Keys { suspended, revoked, expired }
}

async fn expiring(face: &Face, seller: &Seller, at: Timestamp) -> (LicenseId, LicenseKey) {
    let what = domain::license::Issue {
        expires_at: Some(Some(at)),
        ..domain::license::Issue::of(seller.product.id)
    };
    let one = issue(&face.service, &seller.actor, what).await.unwrap().pop().unwrap();
    (one.id, one.key)
}
