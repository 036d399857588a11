//! Words that are stored, derived into keys, or sent to other nodes, written out, so that renaming an
//! identifier changes none of them.

use data_encoding::HEXLOWER;
use domain::permission::Role;
use domain::{AccountId, ApiTokenId, ShopConnectionId, UserId};
use uuid::Uuid;

use crate::secrets::{Keyring, MasterKey, Purpose};
use crate::store::NOTIFY_CHANNEL;
use crate::store::live_topics::{ALL_PAYLOAD, LIVE_CHANNEL, VIEWERS_PAYLOAD};
use crate::{Actor, Principal};

/// The keys of a master key of 32 bytes of 7.
fn keys() -> Keyring {
    Keyring::new(&MasterKey::decode("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc").expect("a key"))
}

/// Computed apart from this program: HKDF-SHA256 with the salt `countersign v1` and the label `digest`, then
/// HMAC-SHA256 of the purpose's label (such as `license-key`), a zero byte and the value.
#[test]
fn digests_of_every_purpose() {
    for (purpose, digest) in [
        (Purpose::LicenseKey, "2f22942d1cfd782b24761c0b2f41d2f9db7db1b5bfe8154eb65eaafee1cec634"),
        (Purpose::SigningKey, "48306e201fe108e258574d08e1a9fa21c2ffbf533f737202709a778d2112a339"),
        (Purpose::Session, "5d32d181a93b01d19077dec6bd339cc5043f10da304922f0587e353187a63a17"),
        (Purpose::FlashCookie, "1813d84d89fa2edb82a6db2f5fa7a07562bfaf2e9a736c3117724eaa283ccbd2"),
        (Purpose::KeyCheck, "8242ff2f00be57ade393874aec4b942b7f5cd56a1932948409d75d4170ab0c8d"),
        (Purpose::ApiToken, "9a8727249d5dd789e125b2b14257fb42196a032644b027259bce309b1eb905b6"),
        (Purpose::HandOver, "b6342000818483f4996325ca737018b1fa96c5cbc3fb0f0c7796642c62ee423a"),
        (Purpose::SetUpCode, "243616e3a1ec7ae871b40edbbb96aef5b93e6c5c6e1ea2fd276ca84dd1e83244"),
        (Purpose::AuditLog, "d44d480d55b4b510edc68f63c3e5a590eb6433adcfa69aef25ec8c26bbb33d2f"),
    ] {
        assert_eq!(HEXLOWER.encode(&keys().digest(purpose, b"value")), digest, "{purpose:?}");
    }
    assert_eq!(keys().setup_code(Uuid::from_bytes([1; 16])), "E64D-ZWR2-FQRF");
}

/// Computed apart from this program: version 1, a nonce of 24 bytes of 9, and XChaCha20-Poly1305 under the
/// HKDF label `seal`; associated are the purpose's label, a zero byte and the row.
#[test]
fn sealed_values_of_every_purpose() {
    let head = "0109090909090909090909090909090909090909090909090981abcefffb";
    for (purpose, tag) in [
        (Purpose::LicenseKey, "f6ff103ddd8b2b1c4b56717d69f3f472"),
        (Purpose::SigningKey, "fdc93cde95a6a4a66de986350cf9fc2a"),
        (Purpose::Session, "85a79e23844a53688da32ce831ad26ac"),
        (Purpose::FlashCookie, "4122ecabcab7cc3aa1173e032d5e7492"),
        (Purpose::KeyCheck, "da55157619a0a9df33bbb22aad6dbb2c"),
        (Purpose::ApiToken, "1524cb7e093e72d55d30d80ccc8bb3b1"),
        (Purpose::HandOver, "8985ba3b11e27994e9e7ac36a1d8d2d2"),
        (Purpose::SetUpCode, "fff385b0e5abd2e4c64d4d4cfcc7d59a"),
        (Purpose::AcmeAccount, "c13cf9b25f12b6fced7fd3e24567000d"),
        (Purpose::CertificateKey, "b7b049e11fa3d8851ec8381f777eb2b5"),
        (Purpose::AcmeChallenge, "0d710f214ece496a911b0065b639e877"),
    ] {
        let sealed = HEXLOWER.decode(format!("{head}{tag}").as_bytes()).expect("bytes");
        let opened = keys().open(purpose, Uuid::from_bytes([1; 16]), &sealed);
        assert_eq!(opened.expect("a value").as_slice(), b"value", "{purpose:?}");
    }
}

#[test]
fn notification_channels() {
    assert_eq!(NOTIFY_CHANNEL, "countersign_changes");
    assert_eq!((LIVE_CHANNEL, VIEWERS_PAYLOAD, ALL_PAYLOAD), ("countersign_live", "viewers", "*"));
}

#[test]
fn actor_kinds_and_names() {
    let (user, id) = (UserId(Uuid::nil()), ApiTokenId(Uuid::nil()));
    for (by, kind, name) in [
        (Principal::Member { user, name: "Ada".into(), role: Role::Owner, ip: None }, "member", "Ada"),
        (Principal::Token { id, name: "shop".into(), role: Role::Owner, ip: None }, "token", "shop"),
        (Principal::Operator, "shell", "operator's shell"),
        (Principal::OperatorOnPages { user, name: "Ada".into() }, "shell", "Ada"),
        (Principal::App { ip: None }, "app", "app"),
        (Principal::Customer { customer: None, ip: None }, "customer", "customer"),
        (Principal::Shop { connection: ShopConnectionId(Uuid::nil()), name: "Shop".into() }, "shop", "Shop"),
        (Principal::System, "system", "Countersign"),
    ] {
        assert_eq!((by.kind(), by.name()), (kind, name));
    }
    let operator = Actor::operator(AccountId(Uuid::nil()));
    assert_eq!((operator.principal.kind(), operator.principal.name()), ("shell", "operator's shell"));
}
