//! Keyed digests of audit entries and of their chain (HMAC-SHA256). The key survives a rotation of the master
//! key. Every digest begins with the name of its kind, and its parts have lengths, so that no two values have
//! the same bytes.

use uuid::Uuid;

use crate::secrets::{Keyring, Purpose};
use crate::store::entity::{audit_chains, audit_entries, audit_seals};

/// A keyed digest.
pub(super) type Digest = [u8; 32];

/// The length of an entry in a seal: its id and its digest.
pub(super) const SEALED_BYTES: usize = 16 + size_of::<Digest>();

/// The bytes of a value to digest: each part with its length.
struct Parts(Vec<u8>);

impl Parts {
    fn of(kind: &str) -> Self {
        Self(Vec::with_capacity(320)).text(kind)
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    fn id(self, id: Uuid) -> Self {
        self.bytes(id.as_bytes())
    }

    fn number(self, number: i64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    /// A missing value differs from an empty one.
    fn optional(mut self, bytes: Option<&[u8]>) -> Self {
        self.0.push(u8::from(bytes.is_some()));
        self.bytes(bytes.unwrap_or_default())
    }

    fn digest(&self, keys: &Keyring) -> Digest {
        keys.digest(Purpose::AuditLog, &self.0)
    }
}

/// Returns the digest of the fields of an entry that an amendment may change: an erasure replaces the detail, a
/// merger of customers the customer.
pub(super) fn amendable(keys: &Keyring, id: Uuid, customer: Option<Uuid>, detail: Option<&str>) -> Digest {
    Parts::of("amendable")
        .id(id)
        .optional(customer.as_ref().map(|id| id.as_bytes().as_slice()))
        .optional(detail.map(str::as_bytes))
        .digest(keys)
}

/// Returns the digest of an amendment.
pub(super) fn amendment(keys: &Keyring, account: Uuid, entry: Uuid, former: &[u8], new: &Digest) -> Digest {
    Parts::of("amendment").id(account).id(entry).bytes(former).bytes(new).digest(keys)
}

/// Returns the digest of an entry at a position of its account's chain. `former` is the digest of the entry
/// before, `id` the sealed id, `amendable` the digest of the fields that may change.
pub(super) fn entry(
    keys: &Keyring,
    (position, former): (i64, &[u8]),
    id: Uuid,
    row: &audit_entries::Model,
    amendable: &[u8],
) -> Digest {
    let optional_id = |id: &Option<Uuid>| id.map(|id| id.as_bytes().to_vec());
    Parts::of("entry")
        .id(row.account_id)
        .number(position)
        .bytes(former)
        .id(id)
        .optional(optional_id(&row.license_id).as_deref())
        .optional(optional_id(&row.product_id).as_deref())
        .text(&row.actor_kind)
        .optional(optional_id(&row.actor_id).as_deref())
        .text(&row.actor_name)
        .text(&row.action)
        .optional(row.ip.as_deref().map(str::as_bytes))
        .number(row.created_at)
        .bytes(amendable)
        .digest(keys)
}

/// Returns the digest of a seal, without its own column.
pub(super) fn seal(keys: &Keyring, row: &audit_seals::Model) -> Digest {
    Parts::of("seal")
        .id(row.account_id)
        .number(row.position)
        .bytes(&row.former_digest)
        .id(row.last_entry_id)
        .bytes(&row.entries)
        .number(row.sealed_at)
        .digest(keys)
}

/// Returns the digest of the state of a chain, without its own column.
pub(super) fn chain(keys: &Keyring, row: &audit_chains::Model) -> Digest {
    Parts::of("chain")
        .id(row.account_id)
        .number(row.first_position)
        .number(row.position)
        .bytes(&row.digest)
        .id(row.last_entry_id)
        .id(row.pruned_before)
        .number(row.began_at)
        .digest(keys)
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;
    use crate::secrets::MasterKey;

    fn id(n: u8) -> Uuid {
        Uuid::from_bytes([n; 16])
    }

    /// Computed apart from this program. Stored digests depend on every byte.
    #[test]
    fn digests_are_those_of_the_format() {
        let master = MasterKey::decode("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc").expect("a key");
        let keys = Keyring::new(&master);
        let changeable = amendable(&keys, id(1), Some(id(2)), Some("3 → 5"));
        let expected = "aa97e7eece1706987ac03cea8f30cbeb3396a9a4e1a4617cbad41d727c72ca47";
        assert_eq!(HEXLOWER.encode(&changeable), expected);
        let changed = amendment(&keys, id(3), id(1), &changeable, &[0; 32]);
        let expected = "918ec00057385be6e52142a4fa80d1af3858c84844cfccf24138a85316546321";
        assert_eq!(HEXLOWER.encode(&changed), expected);
        let row = audit_entries::Model {
            id: id(1),
            account_id: id(3),
            license_id: Some(id(4)),
            product_id: None,
            actor_kind: "member".into(),
            actor_id: Some(id(5)),
            actor_name: "Ada".into(),
            action: "license.limit_changed".into(),
            detail: Some("3 → 5".into()),
            ip: Some("192.0.2.1".into()),
            created_at: 1_800_000_000_000,
            customer_id: Some(id(2)),
        };
        let sealed = entry(&keys, (7, &[0; 32]), row.id, &row, &changeable);
        let expected = "445244e106a208999a56159fd377cb78f4fe65a797f4153e2df3af5bd8a4261f";
        assert_eq!(HEXLOWER.encode(&sealed), expected);
        let row = audit_seals::Model {
            account_id: id(3),
            position: 7,
            former_digest: vec![0; 32],
            last_entry_id: id(1),
            entries: [id(1).as_bytes().as_slice(), &sealed].concat(),
            sealed_at: 1_800_000_000_000,
            row_digest: Vec::new(),
        };
        let expected = "2eb9160f0dd11c1de18f91d9e60017352747bcdf74f4706ee47c9b9ed5045da5";
        assert_eq!(HEXLOWER.encode(&seal(&keys, &row)), expected);
        let state = audit_chains::Model {
            account_id: id(3),
            first_position: 1,
            position: 7,
            digest: sealed.to_vec(),
            last_entry_id: id(1),
            pruned_before: Uuid::nil(),
            began_at: 1_800_000_000_000,
            row_digest: Vec::new(),
        };
        let expected = "056e5d9121a328de87cb98a5dbfd10e03b2ba9aab7d3bfc136377fa6e28292fe";
        assert_eq!(HEXLOWER.encode(&chain(&keys, &state)), expected);
    }
}
